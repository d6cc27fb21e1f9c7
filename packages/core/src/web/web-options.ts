import type { CallbackResult } from '../client/connected.ts'
import {
  aFunction,
  checkSetup,
  jwtSecrets,
  scopeNames,
  wrongOf,
  yesOrNo,
  type Rules,
} from '../client/runtime/check-options.ts'
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

const rules: Rules<Omit<WebOptions, 'pages'>> = {
  missingState: [
    (value) => ['restart', 'accept', 'reject'].some((one) => one === value),
    'restart, accept or reject',
  ],
  sessionMs: [(value) => Number.isFinite(value) && Number(value) >= 0, 'a number of milliseconds, 0 or more'],
  extensionSecrets: jwtSecrets,
  sharingNotices: yesOrNo,
  path: [
    (value) => isReturnPath(value) && !/[?#\s]/.test(value),
    'a path such as /pipedrive, without a query',
  ],
  identify: aFunction,
  referenceOf: aFunction,
  onConnected: aFunction,
  onMissing: aFunction,
}

/** Returns a sentence for every wrong value among the web options. Ignores other properties. */
export function webOptionProblems(options: { readonly [Name in keyof WebOptions]?: unknown }): string[] {
  return [...problemsOf(...wrongOf(options, rules)), ...pagesProblems(options.pages)]
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
    ...unknownNames(options, { ...rules, pages: true, ...more }),
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

/**
 * Checks the options of `requireInstallation()`, when the application is put together.
 * @throws {ConfigurationError} `invalid_configuration`; it names every unknown option and every wrong value
 */
export function checkGuardOptions(options: RequireInstallationOptions): void {
  checkSetup('requireInstallation()', options, { scopes: scopeNames })
}
