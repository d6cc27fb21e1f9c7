export type { RequireInstallationOptions } from '@pd/oauth-core/adapter'
export { oncePerProcess } from './once-per-process.ts'
export {
  pipedriveAuth,
  type GuardedHandler,
  type HandlerContext,
  type OAuthSource,
  type PageOptions,
  type PipedriveAuth,
  type RequireInstallation,
  type Routes,
} from './pipedrive-auth.ts'
