import type {
  CallbackResult,
  InstallationId,
  PipedriveOAuthOptions,
  ReauthorizationRequiredError,
  WebOptions,
} from '@pd/oauth-core'
import type { OptionalAnswer } from '@pd/oauth-core/adapter'
import type { PipedriveContext } from './pipedrive-context.ts'

/** Declared as methods, so that a callback may name the types of its platform in its parameters. */
interface Callbacks {
  identify(
    request: Request,
    context: PipedriveContext,
  ): Promise<InstallationId | undefined> | InstallationId | undefined
  referenceOf(request: Request, context: PipedriveContext): Promise<string | undefined> | string | undefined
  onConnected(result: CallbackResult, request: Request, context: PipedriveContext): OptionalAnswer
  onMissing(error: ReauthorizationRequiredError, request: Request, context: PipedriveContext): OptionalAnswer
}

/** The options of `PipedriveModule.forRoot()`: those of the client and those of the web flow. */
export interface PipedriveModuleOptions
  extends
    PipedriveOAuthOptions,
    Pick<
      WebOptions,
      'missingState' | 'sessionMs' | 'extensionSecrets' | 'sharingNotices' | 'path' | 'pages'
    > {
  /** Where failures are told; false: nowhere. Default: Nest's `Logger`, with the context `PipedriveOAuth`. */
  readonly logger?: PipedriveOAuthOptions['logger']
  /** Whether the module serves install, callback, disconnect and logout. Default: true. */
  readonly routes?: boolean | undefined
  /**
   * Tells which installation a request belongs to; undefined: nobody is known. For the guard, a disconnect and
   * `logout?everywhere`. Provide `InstallationIdentifier` instead if it has to inject something. Default: the session cookie, or
   * the `?token=` of an extension page, which decides in frames and in requests of own pages.
   */
  readonly identify?: Callbacks['identify'] | undefined
  /**
   * Returns the application's own name of the tenant or user who begins to connect, 1 to 200 characters, or undefined. It comes
   * back in `onConnected`, and stays with the installation. Default: none.
   */
  readonly referenceOf?: Callbacks['referenceOf'] | undefined
  /**
   * Called when a user has connected, before the answer is sent; our cookies are on the response already. It may answer
   * through `context.response`, or return a `Response`. Default: a redirect to `returnTo`.
   */
  readonly onConnected?: Callbacks['onConnected'] | undefined
  /**
   * Called when the guard, or a handler, finds that the user has to connect. It may answer through `context.response`, or
   * return a `Response`. Default: a page leads to the install link and back, other requests get JSON.
   */
  readonly onMissing?: Callbacks['onMissing'] | undefined
}

/** A class that makes the options, for `forRootAsync({ useClass })` and `useExisting`. */
export interface PipedriveOptionsFactory {
  createPipedriveOptions(): Promise<PipedriveModuleOptions> | PipedriveModuleOptions
}
