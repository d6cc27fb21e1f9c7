import type { OAuthHandlerOptions, PipedriveOAuthOptions } from '@pd/oauth-core'

/** What `PipedriveModule.forRoot()` takes: the options of the client, and those of its routes. */
export interface PipedriveModuleOptions
  extends PipedriveOAuthOptions, Pick<OAuthHandlerOptions, 'missingState' | 'sessionMs' | 'onConnected'> {
  /** Whether the module serves install, callback and disconnect. Default: true. */
  readonly routes?: boolean
  /**
   * Where the routes are in this application, if a proxy in front of it changes paths: with `/pipedrive` the callback is
   * at `/pipedrive/callback`. Default: the path of `redirectUri`.
   */
  readonly path?: string
  /** The extensions' own JWT secrets, by which `InstallationGuard` knows their pages. Default: the client secret. */
  readonly extensionSecrets?: readonly string[]
}

/** A class that gives the options, for `forRootAsync({ useClass })` and `useExisting`. */
export interface PipedriveOptionsFactory {
  createPipedriveOptions(): Promise<PipedriveModuleOptions> | PipedriveModuleOptions
}
