export type { RequireInstallationOptions } from '@pd/oauth-core/adapter'
export {
  type ExpressContext,
  type ExpressRequest,
  type ExpressResponse,
  type InstallationLocals,
} from './express-request.ts'
export {
  pipedriveAuth,
  type ErrorMiddleware,
  type InstallationMiddleware,
  type PipedriveAuth,
} from './pipedrive-auth.ts'
