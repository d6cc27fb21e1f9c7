import type { InstallationId } from '../machine/account.ts'
import type { ListQuery } from '../store/store.ts'
import { ContractViolation } from './contract-violation.ts'
import type { With } from './suite-case.ts'

/** More pages than any case can need: a cursor that leads round in circles. */
const mostPages = 1_000

/** Returns all ids that `list()` gives for a query, page by page. */
export async function listed(
  store: With<'list'>,
  query: Omit<ListQuery, 'cursor'>,
  betweenPages?: (page: readonly InstallationId[]) => Promise<void>,
): Promise<InstallationId[]> {
  const all: InstallationId[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < mostPages; pages++) {
    const page = await store.list(cursor === undefined ? query : { ...query, cursor })
    if (page.ids.length > query.limit)
      throw new ContractViolation(
        'A page of list() has at most `limit` ids.',
        `${query.limit} at most`,
        `${page.ids.length}`,
      )
    all.push(...page.ids)
    if (page.cursor === undefined) return all
    cursor = page.cursor
    await betweenPages?.(page.ids)
  }
  throw new ContractViolation(
    'The last page of list() has no cursor.',
    'a last page',
    `${mostPages} pages and still a cursor`,
  )
}
