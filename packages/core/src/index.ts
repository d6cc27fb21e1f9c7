/** What an application needs. Authors of adapters and stores find more in `/adapter` and `/store-suite`. */
import { requireRuntime } from './require-runtime.ts'

export { PipedriveOAuth } from './client/pipedrive-oauth.ts'
export { memoryStore } from './store/memory-store.ts'
export { createOAuthHandler } from './web/oauth-handler.ts'
export { installationFor } from './web/installation-for.ts'
export {
  ApiError,
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

export type { PipedriveOAuthOptions } from './client/options.ts'
export type { Installation } from './client/installation.ts'
export type { Adoption, CallbackResult, Connected } from './client/connected.ts'
export type { InstallationsOptions, ListedInstallation } from './client/listed-installations.ts'
export type { AuthorizeOptions } from './client/connect/consent.ts'
export type { InstallationDescription } from './client/description.ts'
export type { Disconnection } from './client/disconnection.ts'
export type { AppEvent, InstallationEvent, OAuthEvent } from './client/runtime/oauth-event.ts'
export type { LogDetails, Logger } from './client/runtime/logger.ts'
export type { Health, HealthOptions, HealthProblem } from './client/health.ts'
export type { WatchState } from './client/records/memory-watch.ts'
export type { KeepAliveOptions } from './client/tokens/keep-alive.ts'
export type { KeepAliveReport, KeepAliveResult } from './client/tokens/keep-alive-report.ts'
export type { ApiAccess } from './client/api/api-access.ts'
export type { ApiClient, ApiRequestOptions, ApiHooks } from './client/api/api-client.ts'
export type { ApiBody, ApiContext, ApiRawResponse } from './client/api/api-client.ts'
export type { ApiResponseType } from './client/api/api-client.ts'
export type { Page, PagesOptions } from './client/api/pages.ts'
export type { Account, InstallationId } from './machine/account.ts'
export type { History, HistoryEntry } from './machine/history.ts'
export type { Policy } from './machine/policy.ts'
export type { StoredRecord, StoreFinding, TokenStore } from './store/store.ts'
export type { WebOptions } from './web/web-options.ts'

requireRuntime('@pd/oauth-core')
