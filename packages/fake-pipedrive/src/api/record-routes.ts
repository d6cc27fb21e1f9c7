import { Hono } from 'hono'
import type { Backend } from '../backend.ts'
import type { ServerEnvironment } from '../http/server-environment.ts'
import { charge } from './admission.ts'
import { apiError } from './api-error.ts'
import { readFields, type ApiRecord, type RecordKind } from './api-record.ts'
import type { Dialect } from './record-dialect.ts'
import type { RecordStore } from './record-store.ts'

/** Returns the endpoints of one kind of records in one version. */
export function recordRoutes<T extends ApiRecord>(
  backend: Backend,
  kind: RecordKind<T>,
  store: RecordStore<T>,
  dialect: Dialect,
): Hono<ServerEnvironment> {
  const { cost } = dialect
  const reading = [`${kind.scope}:read`, `${kind.scope}:full`]
  const writing = [`${kind.scope}:full`]
  const notFound = () => apiError(404, `${kind.singular} not found`)
  const shown = (record: T) => ({ success: true, data: dialect.show(kind, record) })
  const titleOf = (record: object) => (record as Readonly<Record<string, unknown>>)[kind.title]
  const fieldsOf = async (request: { json(): Promise<unknown> }) =>
    readFields<T>(dialect.translate(await request.json().catch(() => undefined)))

  return new Hono<ServerEnvironment>()
    .get('/', charge(backend, cost.list, reading), (c) => {
      const page = dialect.page(kind, store.list(c.get('company')), new URL(c.req.url).searchParams)
      if (typeof page === 'string') return apiError(400, page)
      const data = page.records.map((record) => dialect.show(kind, record))
      return c.json({ success: true, data, additional_data: page.additional })
    })
    .get('/search', charge(backend, cost.search, [...reading, 'search:read'], 'search'), (c) => {
      const query = new URL(c.req.url).searchParams
      const term = (query.get('term') ?? '').toLowerCase()
      if (term.length < 2) return apiError(400, 'term: at least 2 characters')
      const found = store
        .list(c.get('company'))
        .filter((record) => String(titleOf(record)).toLowerCase().includes(term))
      // Filters of the list do not apply to a search; only its paging does.
      const page = dialect.page({ ...kind, filters: [] }, found, query)
      if (typeof page === 'string') return apiError(400, page)
      const items = page.records.map((record) => ({ result_score: 1, item: dialect.show(kind, record) }))
      return c.json({ success: true, data: { items }, additional_data: page.additional })
    })
    .post('/', charge(backend, cost.write, writing), async (c) => {
      const fields = await fieldsOf(c.req)
      if (!titleOf(fields)) return apiError(400, `${kind.title}: required`)
      return c.json(shown(store.add(c.get('company'), c.get('access').grant.user, fields)), 201)
    })
    .get('/:id', charge(backend, cost.read, reading), (c) => {
      const record = store.get(c.get('company'), Number(c.req.param('id')))
      return record ? c.json(shown(record)) : notFound()
    })
    .on(dialect.updateMethod, '/:id', charge(backend, cost.write, writing), async (c) => {
      const record = store.update(c.get('company'), Number(c.req.param('id')), await fieldsOf(c.req))
      return record ? c.json(shown(record)) : notFound()
    })
    .delete('/:id', charge(backend, cost.remove, writing), (c) => {
      const id = Number(c.req.param('id'))
      return store.remove(c.get('company'), id) ? c.json({ success: true, data: { id } }) : notFound()
    })
}
