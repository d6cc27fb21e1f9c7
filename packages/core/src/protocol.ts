/**
 * Pipedrive's OAuth as bare calls, for applications that keep tokens themselves: no store, no shared refresh, no retries.
 * `PipedriveOAuth` stands on the same calls.
 */
import { requireRuntime } from './require-runtime.ts'

export {
  currentUser,
  exchangeApiToken,
  exchangeCode,
  refreshTokens,
  revokeToken,
} from './calls/bare-calls.ts'
export type { CallOptions } from './calls/call-options.ts'
export { authorizationUrl } from './calls/consent-page-url.ts'
export type { AuthorizationParameters } from './protocol/authorization-url.ts'
export type { ClientCredentials, TokenHint } from './protocol/token-request.ts'
export type { RenewedTokens, Tokens } from './machine/tokens.ts'
export type { Account } from './machine/account.ts'

requireRuntime('@pd/oauth-core')
