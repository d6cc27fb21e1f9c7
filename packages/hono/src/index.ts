export { type OAuthSource } from './oauth-source.ts'
export { oncePerEnvironment, type EnvironmentOAuth } from './once-per-environment.ts'
export { pipedriveErrors } from './pipedrive-errors.ts'
export { pipedriveRoutes, type PipedriveRoutesOptions } from './pipedrive-routes.ts'
export {
  requireInstallation,
  type InstallationVariables,
  type RequireInstallationOptions,
} from './require-installation.ts'
