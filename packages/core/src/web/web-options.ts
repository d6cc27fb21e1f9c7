import type { CallbackResult } from '../client/pipedrive-oauth.ts'
import type { InstallationId } from '../machine/account.ts'
import { problemsOf, unknownNames, type Check } from '../machine/problems.ts'
import { ConfigurationError, type ReauthorizationRequiredError } from '../errors.ts'

/** An answer, now or later. Without one, the default answer is sent. */
export type OptionalAnswer = Promise<Response | undefined | void> | Response | undefined | void

/**
 * The options of the web flow and of the guard, given once. `context` is the framework's own view of the request, such as
 * the `c` of Hono.
 */
export interface WebOptions<Context = undefined> {
  /**
   * What to do with a callback that carries no `state`, as Pipedrive's Marketplace sends it. `restart` throws its code
   * away and begins a connection of our own, which the user confirms once more; `accept` takes it, and also takes what an
   * attacker has begun; `reject` shows an error. Default: `restart`.
   */
  readonly missingState?: 'restart' | 'accept' | 'reject' | undefined
  /** How long the session cookie is valid, in milliseconds; 0 sets none. Default: 30 days. */
  readonly sessionMs?: number | undefined
  /** The extensions' own JWT secrets, which verify the `?token=` of extension pages. Default: the client secret. */
  readonly extensionSecrets?: readonly string[] | undefined
  /**
   * Where the routes are inside the application, if a proxy in front of it changes paths: with `/pipedrive` the callback is
   * at `/pipedrive/callback`. Default: the path of `redirectUri`.
   */
  readonly path?: string | undefined
  /**
   * Tells which installation a request belongs to; undefined: nobody is known. For the guard, and for a disconnect.
   * Default: the `?token=` of an extension page, else the session cookie.
   */
  readonly identify?:
    | ((
        request: Request,
        context: Context,
      ) => Promise<InstallationId | undefined> | InstallationId | undefined)
    | undefined
  /**
   * Called when a user has connected, before the answer is sent. Its answer is sent, with our cookies added. Default: a
   * redirect to `returnTo`.
   */
  readonly onConnected?:
    | ((result: CallbackResult, request: Request, context: Context) => OptionalAnswer)
    | undefined
  /**
   * Called when the guard, or a handler, finds that the user has to connect: nobody is known, the app is not installed
   * (`not_installed`), Pipedrive ended the grant (`reauthorization_required`), or scopes are missing (`scopes_missing`). Its
   * answer is sent. Default: a page leads to the install link and back, other requests get JSON.
   */
  readonly onMissing?:
    | ((error: ReauthorizationRequiredError, request: Request, context: Context) => OptionalAnswer)
    | undefined
}

const known: Record<keyof WebOptions, true> = {
  missingState: true,
  sessionMs: true,
  extensionSecrets: true,
  path: true,
  identify: true,
  onConnected: true,
  onMissing: true,
}

/** Returns a sentence for every wrong value among the web options. Other properties are not looked at. */
export function webOptionProblems(options: { readonly [Name in keyof WebOptions]?: unknown }): string[] {
  const { missingState, sessionMs, extensionSecrets, path, identify, onConnected, onMissing } = options
  return problemsOf(
    [
      missingState !== undefined && !['restart', 'accept', 'reject'].some((one) => one === missingState),
      'missingState must be restart, accept or reject',
    ],
    [
      sessionMs !== undefined && !(Number.isFinite(sessionMs) && Number(sessionMs) >= 0),
      'sessionMs must be a number of milliseconds, 0 or more',
    ],
    [
      extensionSecrets !== undefined && !isListOfTexts(extensionSecrets),
      'extensionSecrets must be an array of at least one JWT secret',
    ],
    [path !== undefined && !isPath(path), 'path must be a path such as /pipedrive, without a query'],
    functionCheck('identify', identify),
    functionCheck('onConnected', onConnected),
    functionCheck('onMissing', onMissing),
  )
}

/**
 * Checks the options that an application gave. `more`: options that the adapter adds, each with whether its value is wrong.
 * @throws {ConfigurationError} `invalid_configuration`, which names every unknown name and every wrong value
 */
export function checkWebOptions(options: object, more: { readonly [name: string]: Check } = {}): void {
  if (typeof options !== 'object' || options === null)
    throw new ConfigurationError(['options must be an object'])
  const problems = [
    ...unknownNames(options, { ...known, ...more }),
    ...webOptionProblems(options),
    ...problemsOf(...Object.values(more)),
  ]
  if (problems.length > 0) throw new ConfigurationError(problems)
}

function functionCheck(name: string, value: unknown): Check {
  return [value !== undefined && typeof value !== 'function', `${name} must be a function`]
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && /^\/[^?#\s]*$/.test(value) && !value.startsWith('//')
}

function isListOfTexts(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length > 0 && value.every((text) => typeof text === 'string' && text !== '')
  )
}
