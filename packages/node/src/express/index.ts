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
  type RequireInstallationOptions,
} from './pipedrive-auth.ts'
