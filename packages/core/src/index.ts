export { isInstallationId, type Account, type InstallationId } from './machine/account.ts'
export { type Notice } from './machine/effect.ts'
export { type Policy } from './machine/policy.ts'
export { type Cooldown, type InstallationState, type RefreshFailure } from './machine/state.ts'
export { type SharingNotice } from './protocol/app-notice.ts'
export { type StoredRecord, type TokenStore } from './store/store.ts'
export { memoryStore } from './store/memory-store.ts'
export { type UninstallResult } from './client/app-requests.ts'
export { type ApiAccess, type SdkConfiguration, type WaitOptions } from './client/api-access.ts'
export { type Clock } from './client/clock.ts'
export { type AuthorizationRequest } from './client/consent.ts'
export { type InstallationDescription } from './client/description.ts'
export { type ExtensionUser } from './client/extension-token.ts'
export { type AdoptOptions } from './client/grants.ts'
export { type GivenAccessToken } from './client/given-token.ts'
export { type Installation, type InstallationOptions } from './client/installation.ts'
export { type KeepAliveOptions, type KeepAliveReport } from './client/keep-alive.ts'
export { type AppNotice, type InstallationNotice, type OAuthEvent } from './client/oauth-event.ts'
export { type PipedriveOAuthOptions } from './client/options.ts'
export {
  PipedriveOAuth,
  type CallbackResult,
  type Connected,
  type ListedInstallation,
} from './client/pipedrive-oauth.ts'
export { type Random } from './client/random.ts'
export { type ResealedInstallation, type ResealOptions } from './client/reseal.ts'
export { type StoreCheck, type StoreCheckOptions } from './client/store-check.ts'
export { createOAuthHandler, type OAuthHandlerOptions } from './web/oauth-handler.ts'
export { errorResponse } from './web/error-response.ts'
export { identifyRequest } from './web/identify-request.ts'
export { installationFor, type InstallationForOptions } from './web/installation-for.ts'
export { isOwnRequest } from './web/is-own-request.ts'
export { oauthPaths, type OAuthPaths } from './web/oauth-paths.ts'
export { pageResponse, type PageContent, type PageOptions } from './web/page-response.ts'
export { refuse } from './web/refuse.ts'
export {
  CallbackError,
  ConfigurationError,
  ForbiddenRequestError,
  LoginError,
  PipedriveOAuthError,
  ReauthorizationRequiredError,
  StoreError,
  TokenEndpointError,
  type CallbackErrorCode,
  type ConfigurationErrorCode,
  type ErrorDetails,
  type ForbiddenRequestErrorCode,
  type LoginErrorCode,
  type PipedriveOAuthErrorCode,
  type ReauthorizationRequiredErrorCode,
  type StoreErrorCode,
  type TokenEndpointErrorCode,
} from './errors.ts'
