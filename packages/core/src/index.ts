/** What an application needs. Authors of adapters and stores find more in `/adapter` and `/store-suite`. */
import { requireRuntime } from './require-runtime.ts'

export { PipedriveOAuth } from './client/pipedrive-oauth.ts'
export { memoryStore } from './store/memory-store.ts'
export { createOAuthHandler } from './web/oauth-handler.ts'
export { installationFor } from './web/installation-for.ts'
export {
  CallbackError,
  ConfigurationError,
  ForbiddenRequestError,
  InvalidArgumentError,
  PipedriveOAuthError,
  ReauthorizationRequiredError,
  StoreError,
  TokenEndpointError,
  type PipedriveOAuthErrorCode,
} from './errors.ts'

export { type PipedriveOAuthOptions } from './client/options.ts'
export { type Installation } from './client/installation.ts'
export { type Adoption, type CallbackResult, type Connected } from './client/pipedrive-oauth.ts'
export { type InstallationsOptions } from './client/pipedrive-oauth.ts'
export { type ListedInstallation } from './client/pipedrive-oauth.ts'
export { type AuthorizeOptions } from './client/connect/consent.ts'
export { type InstallationDescription } from './client/description.ts'
export { type Disconnection } from './client/disconnection.ts'
export { type AppEvent, type InstallationEvent, type OAuthEvent } from './client/runtime/oauth-event.ts'
export { type LogDetails, type Logger } from './client/runtime/logger.ts'
export { type Health, type HealthOptions, type HealthProblem } from './client/health.ts'
export { type KeepAliveOptions } from './client/tokens/keep-alive.ts'
export { type KeepAliveReport, type KeepAliveResult } from './client/tokens/keep-alive-report.ts'
export { type ApiAccess } from './client/api/api-access.ts'
export { type Account, type InstallationId } from './machine/account.ts'
export { type History, type HistoryEntry } from './machine/history.ts'
export { type Policy } from './machine/policy.ts'
export { type StoredRecord, type StoreFinding, type TokenStore } from './store/store.ts'
export { type WebOptions } from './web/web-options.ts'

requireRuntime('@pd/oauth-core')
