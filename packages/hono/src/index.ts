export type { RequireInstallationOptions } from '@pd/oauth-core/adapter'
export { oncePerEnvironment, type EnvironmentOAuth } from './once-per-environment.ts'
export {
  pipedriveAuth,
  type InstallationVariables,
  type OAuthSource,
  type PipedriveAuth,
  type PipedriveAuthOptions,
} from './pipedrive-auth.ts'
