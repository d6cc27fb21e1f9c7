import { PipedriveOAuthError, type PipedriveOAuthErrorCode } from '../../errors.ts'
import { readAny } from '../records/store-check.ts'
import type { Settings } from '../runtime/settings.ts'

/** Returns why neither records nor sealing secrets can be read. Undefined: they can. */
export async function askStore(settings: Settings): Promise<PipedriveOAuthErrorCode | undefined> {
  try {
    await readAny(settings)
    await settings.secrets.current()
    return undefined
  } catch (error) {
    if (error instanceof PipedriveOAuthError) return error.code
    throw error
  }
}
