import { isInstallationId, type InstallationId } from '../../machine/account.ts'
import { ConfigurationError } from '../../errors.ts'
import type { Settings } from '../runtime/settings.ts'
import { storeAnswer } from './store-answer.ts'

const pageSize = 100

/**
 * Lists the ids in the store, of one company or all, a page at a time. `asker`: the method that needs them.
 * @throws {ConfigurationError} `unsupported_by_store` without `store.list`
 * @throws {StoreError} `store_unavailable`
 */
export async function* listedPages(
  settings: Settings,
  asker: string,
  companyId?: number,
): AsyncGenerator<readonly InstallationId[]> {
  const list = settings.store.list?.bind(settings.store)
  if (list === undefined)
    throw new ConfigurationError(
      [`${asker}() needs a store that can list: give it the method list`],
      'unsupported_by_store',
    )
  let cursor: string | undefined
  do {
    const query = {
      limit: pageSize,
      ...(companyId === undefined ? {} : { companyId }),
      ...(cursor === undefined ? {} : { cursor }),
    }
    const page = await storeAnswer(settings, () => list(query), 'The token store cannot list; see `cause`.')
    // What checkStore() writes for a moment is no installation.
    yield page.ids.filter(isInstallationId)
    cursor = page.cursor
  } while (cursor !== undefined)
}
