export { oncePerEnvironment, type EnvironmentOAuth } from './once-per-environment.ts'
export {
  pipedriveAuth,
  type InstallationVariables,
  type OAuthSource,
  type PipedriveAuth,
  type PipedriveAuthOptions,
  type RequireInstallationOptions,
} from './pipedrive-auth.ts'
