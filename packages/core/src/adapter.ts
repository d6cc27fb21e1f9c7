/**
 * What the author of an adapter needs. The classes of errors and `PipedriveOAuth` itself are in the root.
 */
import { requireRuntime } from './require-runtime.ts'

// For the adapter of a web framework: routes, guard and error answers.
export { createWebAuth, webAuths, type AdmitOptions, type WebAuth } from './web/web-auth.ts'
export type { PrepareResponse } from './web/prepare-response.ts'
export {
  checkGuardOptions,
  checkWebOptions,
  webOptionProblems,
  type OptionalAnswer,
  type RequireInstallationOptions,
  type WebOptions,
} from './web/web-options.ts'
export { oauthPaths, type OAuthPaths } from './client/connect/web-paths.ts'
export { errorResponse, wantsHtml } from './web/error-response.ts'
export { identifyRequest } from './web/identify-request.ts'
export { logUnhandled, type UnhandledRequest } from './web/log-unhandled.ts'
export { isOwnRequest } from './web/is-own-request.ts'
export { jsonOfForm } from './protocol/json-of-form.ts'
export { pageResponse, type PageContent, type PageOptions } from './web/page-response.ts'
export type { PageLook, PagesOptions } from './web/page-look.ts'
export { pagesProblems } from './web/pages-problems.ts'
export type { PageText, PageTexts } from './web/page-texts.ts'
export type { InstallationForOptions } from './web/installation-for.ts'

// For every adapter: checks of what an application gives.
export { isInstallationId } from './machine/account.ts'
export { isLoopback } from './protocol/is-loopback.ts'
export { problemsOf, unknownNames, type Check } from './machine/problems.ts'
export {
  aSignal,
  checkOptions,
  checkSetup,
  yesOrNo,
  type Rule,
  type Rules,
} from './client/runtime/check-options.ts'
export { isLogger } from './client/runtime/logger.ts'
export type { InstallationState } from './machine/installation/state.ts'
export type { ErrorDetails } from './errors.ts'
export { cleanCause } from './clean-cause.ts'

// For stores: limits of time that read the sockets first.
export { inTime } from './calls/in-time.ts'

// The types of the client's methods, for programs and packages that stand on it.
export type { AdoptOptions } from './client/connect/grants.ts'
export type { Expectation } from './client/connect/expected-account.ts'
export { defaultReconnectLinkMs, defaultSessionMs } from './client/connect/sealed-lifetimes.ts'
export type { ReconnectLinkOptions } from './client/connect/reconnect-links.ts'
export type { Secrets } from './client/runtime/secret-source.ts'
export type { CountQuery, DueEntry, ListPage, ListQuery, StoreWatch, WatchOptions } from './store/store.ts'
export type { AuthorizationRequest } from './client/connect/consent.ts'
export type { CallbackAnswer } from './client/connected.ts'
export type { ExtensionUser } from './client/connect/extension-tokens.ts'
export type { UninstallResult } from './client/connect/notices.ts'
export type { GivenAccessToken } from './client/api/given-token.ts'
export type { SdkApiClass, SdkConfiguration, WaitOptions } from './client/api/api-access.ts'
export type { ResealOptions, ResealReport, ResealResult } from './client/records/reseal.ts'
export type { StoreCheck, StoreCheckOptions } from './client/records/store-check.ts'
export type { ClientCheck } from './client/tokens/client-check.ts'
export type { KeepAliveFailure } from './client/tokens/keep-alive-report.ts'
export type { KeepAliveCounts, KeepAliveStop } from './client/runtime/keep-alive-counts.ts'
export type { Clock } from './client/runtime/clock.ts'
export type { OAuthEventListener } from './client/runtime/oauth-event.ts'
export type { Random } from './client/runtime/random.ts'
export type { WaitUntil } from './client/runtime/settings.ts'

requireRuntime('@pd/oauth-core')
