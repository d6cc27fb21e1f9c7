import { StoreError } from '../../errors.ts'
import type { SecretSource } from '../runtime/secret-source.ts'

/**
 * Returns the error if a record cannot be opened although others can: also a record whose secret only a key service may know that
 * does not answer now, while the secrets that it gave before stay in use.
 * @throws the error, if the store or the key service does not answer
 */
export async function faultOfRecord(error: unknown, secrets: SecretSource): Promise<StoreError> {
  if (!(error instanceof StoreError)) throw error
  if (error.code === 'secrets_unavailable') await secrets.current()
  else if (error.retryable) throw error
  return error
}
