import { isInstallationId, type InstallationId } from '../../machine/account.ts'
import { ConfigurationError } from '../../errors.ts'
import type { ListQuery } from '../../store/store.ts'
import type { Settings } from '../runtime/settings.ts'
import { storeAnswer } from './store-answer.ts'

const pageSize = 100

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
  const list = settings.store.list?.bind(settings.store)
  if (list === undefined)
    throw new ConfigurationError(
      [`${caller}() needs a store that has the method list`],
      'unsupported_by_store',
    )
  let cursor: string | undefined
  do {
    const query = {
      limit: pageSize,
      ...which,
      ...(cursor === undefined ? {} : { cursor }),
    }
    const page = await storeAnswer(settings, 'list', () => list(query))
    // Skips the record that checkStore() writes for a moment.
    yield page.ids.filter(isInstallationId)
    cursor = page.cursor
  } while (cursor !== undefined)
}
