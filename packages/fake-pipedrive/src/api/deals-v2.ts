import type { Deal } from './deal.ts'
import { pageLimit, type DealDialect } from './deal-routes.ts'

const filters = ['owner_id', 'person_id', 'org_id', 'pipeline_id', 'stage_id', 'status'] as const

/** `/api/v2/deals`: pages by cursor. */
export const dealsV2: DealDialect = {
  updateMethod: 'PATCH',
  cost: { list: 10, read: 1, write: 5, remove: 3 },
  show: (deal) => deal,
  translate: (body) => body,
  page(deals, query) {
    const after = readCursor(query.get('cursor'))
    if (after === undefined) return undefined
    const fitting = deals.filter((deal) => fits(deal, query))
    const ordered = query.get('sort_direction') === 'desc' ? fitting.toReversed() : fitting
    const rest = ordered.slice(ordered.findIndex(({ id }) => id === after) + 1)
    const page = rest.slice(0, pageLimit(query))
    const last = page.at(-1)
    const next_cursor = last && page.length < rest.length ? btoa(JSON.stringify({ after: last.id })) : null
    return { deals: page, additional: { next_cursor } }
  },
}

function fits(deal: Deal, query: URLSearchParams): boolean {
  const ids = query.get('ids')
  if (ids && !ids.split(',').includes(String(deal.id))) return false
  return filters.every((name) => !query.has(name) || query.get(name) === String(deal[name]))
}

/** Returns the id of the last deal of the previous page: 0 without a cursor, undefined if the cursor is invalid. */
function readCursor(cursor: string | null): number | undefined {
  if (!cursor) return 0
  try {
    const { after } = JSON.parse(atob(cursor)) as { after?: unknown }
    return typeof after === 'number' ? after : undefined
  } catch {
    return undefined
  }
}
