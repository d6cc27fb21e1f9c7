import type { User } from '../directory.ts'
import type { ApiRecord, RecordKind } from './api-record.ts'

/** How one version of the API represents records. */
export interface Dialect {
  readonly updateMethod: 'PUT' | 'PATCH'
  /** The cost of each call in API tokens. */
  readonly cost: Readonly<Record<'list' | 'read' | 'write' | 'remove' | 'search', number>>
  /** Returns a record as this version shows it. */
  show<T extends ApiRecord>(kind: RecordKind<T>, record: T): unknown
  /** Returns a request body with the field names of version 2. */
  translate(body: unknown): unknown
  /** Returns one page of the records that the query selects, or a sentence if the query is invalid. */
  page<T extends ApiRecord>(
    kind: RecordKind<T>,
    records: readonly T[],
    query: URLSearchParams,
  ): { readonly records: readonly T[]; readonly additional: object } | string
}

/** Version 1: pages by `start` and `limit`, the owner is an object, and calls cost twice as much as in version 2. */
export function version1(users: readonly User[]): Dialect {
  return {
    updateMethod: 'PUT',
    cost: { list: 20, read: 2, write: 10, remove: 6, search: 40 },
    show(kind, record) {
      const { owner_id, custom_fields, label_ids, ...others } = record
      const owner = users.find((user) => user.id === owner_id)
      const object = {
        id: owner_id,
        name: owner?.name,
        email: owner?.email,
        value: owner_id,
        active_flag: true,
      }
      return {
        ...others,
        ...custom_fields,
        [kind.path === 'deals' ? 'user_id' : 'owner_id']: object,
        owner_name: owner?.name,
        label: label_ids.join(',') || null,
        visible_to: String(record.visible_to),
        ...kind.inVersion1(record),
      }
    },
    translate(body) {
      if (typeof body !== 'object' || body === null || !('user_id' in body)) return body
      const { user_id, ...rest } = body
      return { ...rest, owner_id: Number(user_id) }
    },
    page(_, records, query) {
      const start = wholeNumberOf(query.get('start')) ?? 0
      const limit = pageLimit(query)
      const page = records.slice(start, start + limit)
      const more = start + limit < records.length
      const pagination = {
        start,
        limit,
        more_items_in_collection: more,
        ...(more && { next_start: start + limit }),
      }
      return { records: page, additional: { pagination } }
    },
  }
}

/** Version 2: pages by `cursor` and `limit`. */
export const version2: Dialect = {
  updateMethod: 'PATCH',
  cost: { list: 10, read: 1, write: 5, remove: 3, search: 20 },
  show: (_, record) => record,
  translate: (body) => body,
  page(kind, records, query) {
    const cursor = query.get('cursor')
    const after = cursor ? readCursor(cursor) : undefined
    if (cursor && after === undefined) return 'Invalid cursor'
    const fitting = records.filter((record) => fits(kind, record, query))
    const isDescending = query.get('sort_direction') === 'desc'
    const ordered = isDescending ? fitting.toReversed() : fitting
    // Compared, not looked up: the last record of the previous page may have been deleted.
    const follows = (id: number) => after === undefined || (isDescending ? id < after : id > after)
    const rest = ordered.filter(({ id }) => follows(id))
    const page = rest.slice(0, pageLimit(query))
    const last = page.at(-1)
    const next_cursor = last && page.length < rest.length ? btoa(JSON.stringify({ after: last.id })) : null
    return { records: page, additional: { next_cursor } }
  },
}

function fits<T extends ApiRecord>(kind: RecordKind<T>, record: T, query: URLSearchParams): boolean {
  const ids = query.get('ids')
  if (ids && !ids.split(',').includes(String(record.id))) return false
  return kind.filters.every((name) => !query.has(name) || query.get(name) === String(record[name]))
}

/** Returns the page size that a query asks for. Default: 100; maximum: 500. */
function pageLimit(query: URLSearchParams): number {
  return Math.min(wholeNumberOf(query.get('limit')) || 100, 500)
}

function wholeNumberOf(text: string | null): number | undefined {
  const value = Number.parseInt(text ?? '', 10)
  return value >= 0 ? value : undefined
}

/** Returns the id of the last record of the previous page. Undefined if the cursor is invalid. */
function readCursor(cursor: string): number | undefined {
  try {
    const { after } = JSON.parse(atob(cursor)) as { after?: unknown }
    return typeof after === 'number' ? after : undefined
  } catch {
    return undefined
  }
}
