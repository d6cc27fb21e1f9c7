import { Hono } from 'hono'
import type { Backend } from '../backend.ts'
import type { ServerEnvironment } from '../http/server-environment.ts'
import { charge } from './admission.ts'
import { apiError } from './api-error.ts'
import { readDealFields, type Deal } from './deal.ts'

/** How one version of the API speaks of deals. */
export interface DealDialect {
  readonly updateMethod: 'PUT' | 'PATCH'
  /** API tokens per call. */
  readonly cost: {
    readonly list: number
    readonly read: number
    readonly write: number
    readonly remove: number
  }
  /** A deal as this version shows it. */
  show(deal: Deal): unknown
  /** A request body in version 2's names. */
  translate(body: unknown): unknown
  /** One page of the deals that the query asks for; undefined when the query is wrong. */
  page(
    deals: readonly Deal[],
    query: URLSearchParams,
  ): { deals: readonly Deal[]; additional: object } | undefined
}

/** The deals endpoints of one version. */
export function dealRoutes(backend: Backend, dialect: DealDialect): Hono<ServerEnvironment> {
  const { deals } = backend
  const { cost } = dialect
  const reading = ['deals:read', 'deals:full']
  const writing = ['deals:full']
  const notFound = () => apiError(404, 'Deal not found')
  const shown = (deal: Deal) => ({ success: true, data: dialect.show(deal) })
  const fieldsOf = async (request: { json(): Promise<unknown> }) =>
    readDealFields(dialect.translate(await request.json().catch(() => undefined)))

  return new Hono<ServerEnvironment>()
    .get('/', charge(backend, cost.list, reading), (c) => {
      const page = dialect.page(deals.list(c.get('company')), new URL(c.req.url).searchParams)
      if (!page) return apiError(400, 'Invalid cursor')
      return c.json({ success: true, data: page.deals.map(dialect.show), additional_data: page.additional })
    })
    .post('/', charge(backend, cost.write, writing), async (c) => {
      const { title, ...fields } = await fieldsOf(c.req)
      if (!title) return apiError(400, 'title: required')
      return c.json(shown(deals.add(c.get('company'), c.get('access').grant.user, { ...fields, title })), 201)
    })
    .get('/:id', charge(backend, cost.read, reading), (c) => {
      const deal = deals.get(c.get('company'), Number(c.req.param('id')))
      return deal ? c.json(shown(deal)) : notFound()
    })
    .on(dialect.updateMethod, '/:id', charge(backend, cost.write, writing), async (c) => {
      const deal = deals.update(c.get('company'), Number(c.req.param('id')), await fieldsOf(c.req))
      return deal ? c.json(shown(deal)) : notFound()
    })
    .delete('/:id', charge(backend, cost.remove, writing), (c) => {
      const id = Number(c.req.param('id'))
      return deals.remove(c.get('company'), id) ? c.json({ success: true, data: { id } }) : notFound()
    })
}

/** The page size a query asks for. Default: 100; at most 500. */
export function pageLimit(query: URLSearchParams): number {
  const limit = Number.parseInt(query.get('limit') ?? '', 10)
  return limit >= 1 ? Math.min(limit, 500) : 100
}
