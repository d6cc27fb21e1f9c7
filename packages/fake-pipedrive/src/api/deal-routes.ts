import { Hono } from 'hono'
import type { Backend } from '../backend.ts'
import type { ServerEnvironment } from '../http/server-environment.ts'
import { charge } from './admission.ts'
import { apiError } from './api-error.ts'
import { readDealFields, type Deal } from './deal.ts'

/** How one version of the API represents deals. */
export interface DealDialect {
  readonly updateMethod: 'PUT' | 'PATCH'
  /** The cost of each call in API tokens. */
  readonly cost: {
    readonly list: number
    readonly read: number
    readonly write: number
    readonly remove: number
  }
  /** Returns a deal as this version shows it. */
  show(deal: Deal): unknown
  /** Returns a request body with the field names of version 2. */
  translate(body: unknown): unknown
  /** Returns one page of the deals that the query selects, or undefined if the query is invalid. */
  page(
    deals: readonly Deal[],
    query: URLSearchParams,
  ): { deals: readonly Deal[]; additional: object } | undefined
}

/** Returns the deal endpoints of one version. */
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

/** Returns the page size that a query asks for. Default: 100; maximum: 500. */
export function pageLimit(query: URLSearchParams): number {
  const limit = Number.parseInt(query.get('limit') ?? '', 10)
  return limit >= 1 ? Math.min(limit, 500) : 100
}
