import { PipedriveOAuthError, type PipedriveOAuthErrorCode } from '../../errors.ts'
import { storeAnswer } from '../records/store-answer.ts'
import { noInstallation } from '../records/store-check.ts'
import type { Settings } from '../runtime/settings.ts'

/** In a cluster, one of so many records is on a node that works. */
const records = 3

/** Returns why neither records nor sealing secrets can be read. Undefined: they can. */
export async function askStore(settings: Settings): Promise<PipedriveOAuthErrorCode | undefined> {
  const { store, secrets, random } = settings
  try {
    await Promise.any(
      Array.from({ length: records }, () =>
        storeAnswer(settings, 'get', () => store.get(noInstallation(random))),
      ),
    )
    await secrets.current()
    return undefined
  } catch (thrown) {
    const error: unknown = thrown instanceof AggregateError ? thrown.errors[0] : thrown
    if (error instanceof PipedriveOAuthError) return error.code
    throw error
  }
}
