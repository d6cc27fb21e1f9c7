import { isInstallationId, type InstallationId } from '../../machine/account.ts'
import { ConfigurationError, InvalidArgumentError } from '../../errors.ts'
import type { ListPage, ListQuery } from '../../store/store.ts'
import type { Settings } from '../runtime/settings.ts'
import { storeAnswer } from './store-answer.ts'

/** How many ids a page has at most. */
export const pageSize = 100

/**
 * Yields the ids in the store page by page, of one company, of those that need attention, or of all. `caller`: the method's name, for the error.
 * @throws {ConfigurationError} `unsupported_by_store`, if the store has no `list`
 * @throws {StoreError} `store_unavailable`
 */
export async function* listedPages(
  settings: Settings,
  caller: string,
  which: Pick<ListQuery, 'companyId' | 'attention'> = {},
): AsyncGenerator<readonly InstallationId[]> {
  let cursor: string | undefined
  do {
    const page = await listedPage(settings, caller, { ...which, limit: pageSize, ...(cursor && { cursor }) })
    yield page.ids
    cursor = page.cursor
  } while (cursor !== undefined)
}

/**
 * Returns one page of the ids in the store. It may be empty although others follow. Rejects like `listedPages()`.
 * @throws {InvalidArgumentError} if the cursor is not one of this store
 */
export async function listedPage(settings: Settings, caller: string, query: ListQuery): Promise<ListPage> {
  const list = settings.store.list?.bind(settings.store)
  if (list === undefined)
    throw new ConfigurationError(
      [`${caller}() needs a store that has the method list`],
      'unsupported_by_store',
    )
  const page = await storeAnswer(settings, 'list', () => list(query)).catch((error: unknown) => {
    throw error instanceof InvalidArgumentError
      ? new InvalidArgumentError(`${caller}()`, error.problems, { cause: error })
      : error
  })
  // Skips the record that checkStore() writes for a moment.
  return { ...page, ids: page.ids.filter(isInstallationId) }
}
