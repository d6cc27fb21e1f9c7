import type { CallbackResult } from '../client/connected.ts'
import type { InstallationId } from '../machine/account.ts'
import { problemsOf, unknownNames, type Check } from '../machine/problems.ts'
import { isReturnPath } from '../protocol/return-path.ts'
import type { PagesOptions } from './page-look.ts'
import { pagesProblems } from './pages-problems.ts'
import { ConfigurationError, type ReauthorizationRequiredError } from '../errors.ts'

/** An answer, or a promise of one. Undefined: the default answer is sent. */
export type OptionalAnswer = Promise<Response | undefined | void> | Response | undefined | void

/**
 * The options of the web flow and of the guard. `context` is the framework's own object for the request, such as `c` in
 * Hono.
 */
export interface WebOptions<Context = undefined> {
  /**
   * What to do with a callback that has no `state`, as Pipedrive's Marketplace sends it. `restart` discards its code
   * and sends the user to the consent page, to confirm once more. `accept` connects; an attacker can make a user's
   * browser connect the attacker's account this way. `reject` shows an error. Default: `restart`.
   */
  readonly missingState?: 'restart' | 'accept' | 'reject' | undefined
  /** How long the session cookie is valid, in milliseconds. 0 sets no cookie. Default: 30 days. */
  readonly sessionMs?: number | undefined
  /**
   * The extensions' own JWT secrets, which verify the `?token=` of extension pages. Only the default `identify` uses
   * them. Default: the client secrets.
   */
  readonly extensionSecrets?: readonly string[] | undefined
  /**
   * Whether a legacy sharing notice, a `POST` to the callback address, becomes the event `sharing_changed`. Anybody can send
   * one, because Pipedrive does not sign them; each costs a read of the store. Default: false, they are answered and ignored.
   */
  readonly sharingNotices?: boolean | undefined
  /**
   * The path under which the application sees the routes, if a proxy in front of it changes paths. With `/pipedrive`,
   * the callback `…/callback` is at `/pipedrive/callback`. Default: as in `redirectUri`.
   */
  readonly path?: string | undefined
  /**
   * Returns the installation that a request belongs to, or undefined. The guard, a disconnect and `logout?everywhere` call it.
   * Default: the session cookie, or the `?token=` of an extension page, which decides in frames and in requests of own pages.
   */
  readonly identify?:
    | ((
        request: Request,
        context: Context,
      ) => Promise<InstallationId | undefined> | InstallationId | undefined)
    | undefined
  /**
   * Returns the application's own name of the tenant or user who begins to connect, 1 to 200 characters, or undefined. It comes
   * back in `onConnected`, and stays with the installation. Default: none.
   */
  readonly referenceOf?:
    | ((request: Request, context: Context) => Promise<string | undefined> | string | undefined)
    | undefined
  /**
   * Is called when a user has connected, before the answer is sent; again if the browser repeats the callback. Its
   * answer is sent, with our cookies added, and with `Referrer-Policy: same-origin` and `Cache-Control: no-store` unless it has
   * its own: the address holds a code. If it throws an error of this library, a reload of the page goes on from there. Another
   * error goes to the framework, without our cookies: then only the same process can go on. The session of this callback is issued
   * before, so `oauth.endSessions()` in here ends it as well. Default: a redirect to `returnTo`.
   */
  readonly onConnected?:
    | ((result: CallbackResult, request: Request, context: Context) => OptionalAnswer)
    | undefined
  /**
   * Returns the answer if the guard, a handler or a disconnect finds that the user has to connect: nobody is signed in
   * (`not_signed_in`), the app is not installed (`not_installed`), Pipedrive refused the grant (`reauthorization_required`), or scopes are missing
   * (`scopes_missing`). Default: a `GET` of a page is redirected to the install link and back, another request for a page gets
   * one with that link, and the rest get JSON. On a route, an answer gets the two headers of `onConnected`.
   */
  readonly onMissing?:
    | ((error: ReauthorizationRequiredError, request: Request, context: Context) => OptionalAnswer)
    | undefined
  /** The app's name, logo, accent and texts on the pages that this library serves. Default: plain pages. */
  readonly pages?: PagesOptions | undefined
}

const known: Record<keyof WebOptions, true> = {
  missingState: true,
  sessionMs: true,
  extensionSecrets: true,
  sharingNotices: true,
  path: true,
  identify: true,
  referenceOf: true,
  onConnected: true,
  onMissing: true,
  pages: true,
}

/** Returns a sentence for every wrong value among the web options. Ignores other properties. */
export function webOptionProblems(options: { readonly [Name in keyof WebOptions]?: unknown }): string[] {
  const { missingState, sessionMs, extensionSecrets, sharingNotices, path } = options
  const { identify, referenceOf, onConnected, onMissing } = options
  const problems = problemsOf(
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
    [
      sharingNotices !== undefined && typeof sharingNotices !== 'boolean',
      'sharingNotices must be true or false',
    ],
    [path !== undefined && !isPath(path), 'path must be a path such as /pipedrive, without a query'],
    functionCheck('identify', identify),
    functionCheck('referenceOf', referenceOf),
    functionCheck('onConnected', onConnected),
    functionCheck('onMissing', onMissing),
  )
  return [...problems, ...pagesProblems(options.pages)]
}

/**
 * Checks the options of an application. `more`: the adapter's own options by name, each with its check. Default: none.
 * `createWebAuth` knows no own options of an adapter: take them out before.
 * @throws {ConfigurationError} `invalid_configuration`; it names every unknown option and every wrong value
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

/** The options of `requireInstallation()` of an adapter. */
export interface RequireInstallationOptions {
  /** Scopes that the user must have granted; if some are missing, the user is led to consent again. Default: none. */
  readonly scopes?: readonly string[] | undefined
}

const knownOfGuard: Record<keyof RequireInstallationOptions, true> = { scopes: true }

/**
 * Checks the options of `requireInstallation()`, when the application is put together.
 * @throws {ConfigurationError} `invalid_configuration`; it names every unknown option and every wrong value
 */
export function checkGuardOptions(options: object): void {
  if (typeof options !== 'object' || options === null)
    throw new ConfigurationError(['requireInstallation(): options must be an object'])
  const { scopes }: { readonly scopes?: unknown } = options
  const isList = Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string' && scope !== '')
  const problems = [
    ...unknownNames(options, knownOfGuard),
    ...problemsOf([scopes !== undefined && !isList, 'scopes must be an array of scope names']),
  ]
  if (problems.length > 0)
    throw new ConfigurationError(problems.map((sentence) => `requireInstallation(): ${sentence}`))
}

function functionCheck(name: string, value: unknown): Check {
  return [value !== undefined && typeof value !== 'function', `${name} must be a function`]
}

function isPath(value: unknown): boolean {
  return isReturnPath(value) && !/[?#\s]/.test(value)
}

function isListOfTexts(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length > 0 && value.every((text) => typeof text === 'string' && text !== '')
  )
}
