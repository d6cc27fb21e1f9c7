/// <reference lib="esnext.disposable" preserve="true" />
import { createAdministration, type Administration } from './administration.ts'
import type { AppRegistration } from './app-registration.ts'
import { createBackend } from './backend.ts'
import { CallLog, type Call, type CallFilter } from './call-log.ts'
import { optionsOf } from './check/argument-checks.ts'
import { refuseUnless } from './check/check.ts'
import { tokenRequestFilter } from './check/fault-checks.ts'
import { fakePipedriveOptions, user as userInput } from './check/option-checks.ts'
import { refuseUnknownUser, type Company, type User, type UserInput, type UserRef } from './directory.ts'
import { createExpectations, type Expectations } from './expectations.ts'
import { createFaultScript, type FaultScript } from './faults/fault-script.ts'
import { createExchanges } from './http/exchange.ts'
import { createInProcessFetch } from './http/in-process-fetch.ts'
import type { Listening, ListenOptions } from './http/listen.ts'
import { createServe } from './http/serve.ts'
import { tokenResponse, type TokenResponse } from './oauth/token-response.ts'
import { allow, authorizeUrl, cancel, readAuthorizeUrl } from './oauth/consent.ts'
import { restoreInstallation } from './restore-installation.ts'
import type { FakePipedriveOptions } from './options.ts'

/** A fake Pipedrive: its OAuth server, a part of its API, and its users. */
export interface FakePipedrive extends Administration, Expectations, AsyncDisposable {
  /** The app as Pipedrive knows it now. */
  readonly app: Readonly<AppRegistration>
  readonly companies: readonly Company[]
  readonly users: readonly User[]

  /**
   * A `fetch` that answers for `https://oauth.pipedrive.com`, `https://api.pipedrive.com` and the companies' hosts without
   * a network. Every other host is unknown. It is a plain function and needs no `this`.
   */
  readonly fetch: typeof fetch
  /**
   * Also serves on a socket of this machine. There, `api_domain` is the origin that the request was sent to.
   * @throws {Error} when an option is unknown or invalid, or with the system's code, such as `EADDRINUSE`
   */
  listen(options?: ListenOptions): Promise<Listening>
  /** Closes every socket. */
  close(): Promise<void>

  /** Returns an authorization URL as an app builds it; without `state`, as for an install from the Marketplace. */
  authorizeUrl(options?: {
    readonly state?: string | undefined
    readonly origin?: string | undefined
  }): string
  /**
   * Clicks "Allow" for a user and resolves to the callback URL with `code` and `state`.
   * @throws {Error} when the page would refuse the request: wrong `client_id`, or another `redirect_uri`
   */
  approve(
    authorizeUrl: string | URL,
    options?: { readonly user?: UserRef | undefined; readonly omitState?: boolean | undefined },
  ): Promise<string>
  /**
   * Clicks "Cancel" and returns the callback URL with `error` (default: `user_denied`) and `state`.
   * @throws {Error} when the page would refuse the request, as `approve` does
   */
  deny(authorizeUrl: string | URL, options?: { readonly error?: string | undefined }): string

  /**
   * Installs the app for a user as if its whole OAuth flow had taken place, and returns the token response. The
   * `api_domain` is the origin of the first socket that the fake listens on, else the company's host. Default: the first
   * user.
   */
  install(user?: UserRef): TokenResponse
  /**
   * Adds a user, and its company if that is new. Missing fields get invented values.
   * @throws {Error} when the user exists, or a field is unknown or invalid
   */
  addUser(user: UserInput): User

  /**
   * Moves the clock of the fake forward by `ms`.
   * @throws {Error} when the clock that the options gave has no `advance()`
   */
  advance(ms: number): Promise<void>

  /** The script of faults: which calls go wrong, and how. */
  readonly faults: FaultScript
  /** Every request so far, oldest first. */
  readonly calls: readonly Call[]
  /**
   * Returns the requests to the token endpoint that meet the filter. Default: all.
   * @throws {Error} when a field or a value of the filter is unknown
   */
  tokenRequests(filter?: Omit<CallFilter, 'endpoint'>): readonly Call[]
  clearCalls(): void
}

/**
 * Creates a fake Pipedrive. Two fakes share nothing.
 * @example
 * const fake = createFakePipedrive()
 * const callbackUrl = await fake.approve(fake.authorizeUrl({ state: 'xyz' }))
 * @throws {Error} when an option is unknown or invalid, also inside `users`, `companies`, `faults` and `installations`;
 * when there are two of the same user or company; when `installations` names an unknown user, or the same user twice
 */
export function createFakePipedrive(options: FakePipedriveOptions = {}): FakePipedrive {
  refuseUnless(fakePipedriveOptions, options, 'createFakePipedrive()')
  const backend = createBackend(options)
  const { app, directory } = backend
  const log = new CallLog(backend.clock)
  const faults = createFaultScript(directory, options.faults)
  const administration = createAdministration(backend, options.appFetch)
  for (const installation of options.installations ?? []) restoreInstallation(backend, installation)
  const { onInstallationsChange } = options
  if (onInstallationsChange)
    backend.grants.onChange = () => onInstallationsChange(administration.installations())
  const openExchange = createExchanges(
    backend,
    log,
    faults,
    createServe(backend, { log, faults, administration }),
  )
  const listening = new Set<Listening>()

  const close = async () => {
    await Promise.all([...listening].map((server) => server.close()))
    listening.clear()
  }

  return {
    ...administration,
    ...createExpectations(backend, log, faults, administration),
    app,
    companies: directory.companies,
    users: directory.users,

    fetch: createInProcessFetch(openExchange, backend.sites, options.appFetch),
    async listen(where = {}) {
      refuseUnless(optionsOf.listen, where, 'listen()')
      // Imported here, so that everything else also runs without Node.
      const { listen } = await import('./http/listen.ts')
      const server = await listen(openExchange, where)
      listening.add(server)
      return server
    },
    close,
    [Symbol.asyncDispose]: close,

    authorizeUrl(options = {}) {
      refuseUnless(optionsOf.authorizeUrl, options, 'authorizeUrl()')
      const { state, origin = 'https://oauth.pipedrive.com' } = options
      return authorizeUrl(app, origin, state)
    },
    async approve(url, options = {}) {
      refuseUnless(optionsOf.approve, options, 'approve()')
      const { user, omitState = false } = options
      const request = readAuthorizeUrl(app, url)
      return allow(backend, omitState ? { ...request, state: undefined } : request, directory.user(user))
    },
    deny(url, options = {}) {
      refuseUnless(optionsOf.deny, options, 'deny()')
      return cancel(readAuthorizeUrl(app, url), options.error)
    },
    install(ref) {
      const [socket] = listening
      const at = socket && { site: { serves: 'everything' as const }, origin: socket.origin }
      return tokenResponse(backend, backend.grants.install(directory.user(ref), app.scopes), at)
    },
    async advance(ms) {
      const { advance } = backend.clock
      if (!advance) throw new Error('advance(): the clock of this fake cannot be moved. Move your own clock')
      return advance(ms)
    },
    addUser(input) {
      refuseUnless(userInput, input, 'addUser()')
      return backend.addUser(input)
    },

    faults,
    calls: log.calls,
    tokenRequests(filter = {}) {
      refuseUnless(tokenRequestFilter, filter, 'tokenRequests()')
      refuseUnknownUser(directory, filter.user, 'tokenRequests()')
      return log.matching({ ...filter, endpoint: 'token' })
    },
    clearCalls: () => log.clear(),
  }
}
