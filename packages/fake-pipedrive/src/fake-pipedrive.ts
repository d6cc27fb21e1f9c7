import { grantableScopes, type AppRegistration } from './app-registration.ts'
import { createBackend } from './backend.ts'
import { CallLog, matchesCall, type Call, type CallFilter } from './call-log.ts'
import type { Company, CompanyRef, User, UserRef } from './directory.ts'
import { createFaultScript, type FaultScript } from './faults/fault-script.ts'
import { createExchanges } from './http/exchange.ts'
import { createInProcessFetch } from './http/in-process-fetch.ts'
import type { Listening, ListenOptions } from './http/listen.ts'
import { createServe } from './http/serve.ts'
import { createSites } from './http/site.ts'
import { describeInstallation, type Installation } from './installation.ts'
import { signExtensionToken, type ExtensionTokenOptions } from './notices/extension-token.ts'
import { sharingNotice } from './notices/sharing-notice.ts'
import { uninstallNotice, type UninstallNoticeOptions } from './notices/uninstall-notice.ts'
import { allow, cancel, readAuthorizationRequest } from './oauth/consent.ts'
import type { FakePipedriveOptions } from './options.ts'

/** Reaches the app under test. */
export type AppFetch = (request: Request) => Promise<Response> | Response

/** A stand-in for Pipedrive: its OAuth server, a piece of its API, and the people who use it. */
export interface FakePipedrive extends AsyncDisposable {
  /** The app as Pipedrive knows it now. */
  readonly app: Readonly<AppRegistration>
  readonly companies: readonly Company[]
  readonly users: readonly User[]

  /**
   * `fetch` for `https://oauth.pipedrive.com`, `https://api.pipedrive.com` and the companies' hosts, without a
   * network; every other host is unknown. A plain function: pass it on as it is.
   */
  readonly fetch: typeof fetch
  /** Serves on a socket of this machine as well; `api_domain` is then the origin that was asked. */
  listen(options?: ListenOptions): Promise<Listening>
  /** Ends everything that listens. */
  close(): Promise<void>

  /** An authorization URL as an app would build it. Without `state`: an install from the Marketplace. */
  authorizeUrl(options?: {
    readonly state?: string | undefined
    readonly origin?: string | undefined
  }): string
  /**
   * The user clicks "Allow": resolves to the callback URL, with `code` and `state`.
   * @throws {Error} when the page would refuse: wrong `client_id`, other `redirect_uri`.
   */
  approve(
    authorizeUrl: string | URL,
    options?: { readonly user?: UserRef | undefined; readonly omitState?: boolean | undefined },
  ): Promise<string>
  /**
   * The user clicks "Cancel": the callback URL, with `error` (default `user_denied`) and `state`.
   * @throws {Error} as `approve` does.
   */
  deny(authorizeUrl: string | URL, options?: { readonly error?: string | undefined }): string

  /** What goes wrong, scripted per call. */
  readonly faults: FaultScript
  /** Every request so far, oldest first. */
  readonly calls: readonly Call[]
  /** The requests to the token endpoint, all or those that fit. */
  tokenRequests(filter?: Omit<CallFilter, 'endpoint'>): readonly Call[]
  clearCalls(): void

  /** Who has the app installed now. */
  installations(): readonly Installation[]
  /** Whether the server would take this access token or refresh token now. */
  serverAccepts(token: string): boolean

  /**
   * The user removes the app at Pipedrive: every token of the installation dies at once, and the notice is sent
   * where `deliver` says; by default to `appFetch`, and nowhere if there is none.
   * @throws {Error} when the user has not installed the app.
   */
  uninstall(
    user?: UserRef,
    options?: UninstallNoticeOptions & { readonly deliver?: AppFetch | false | undefined },
  ): Promise<{ readonly request: Request; readonly response?: Response }>
  /** The notice alone; no token dies. */
  uninstallNotice(user?: UserRef, options?: UninstallNoticeOptions): Request
  /** The legacy notice that the app was shared with a user. Default: `isShared: true`. */
  share(user?: UserRef, options?: { readonly isShared?: boolean | undefined }): Request
  /** The JWT with which Pipedrive opens one of the app's iframes. */
  extensionToken(user?: UserRef, options?: ExtensionTokenOptions): Promise<string>

  /** A new client secret: the old one is dead at once, tokens live on. Returns the new one. */
  resetClientSecret(secret?: string): string
  /** Other scopes for the app: access tokens die at once, refresh tokens keep the old scopes until the next consent. */
  changeScopes(scopes: readonly string[]): void
  /** Access tokens reach their expiry: the API answers 401. Without a user: everybody's. */
  expireAccessTokens(user?: UserRef): void
  /** Access tokens die before their expiry: the API answers 401. Without a user: everybody's. */
  killAccessTokens(user?: UserRef): void
  /** An unpaid company's API answers 402. */
  setCompanyStanding(company: CompanyRef, standing: 'paying' | 'unpaid'): void
  /** API tokens a company may still spend today. */
  setDailyBudget(company: CompanyRef, remaining: number): void
  /** Requests per access token in 2 seconds. */
  setBurstLimit(company: CompanyRef, requests: number): void
}

/**
 * Creates a Pipedrive of its own; two of them share nothing.
 * @example
 * const fake = createFakePipedrive()
 * const callbackUrl = await fake.approve(fake.authorizeUrl({ state: 'xyz' }))
 */
export function createFakePipedrive(options: FakePipedriveOptions = {}): FakePipedrive {
  const backend = createBackend(options)
  const { app, clock, directory, grants } = backend
  const log = new CallLog(clock)
  const faults = createFaultScript(options.faults)
  const sites = createSites(directory.companies, (company) => backend.apiDomain(company))
  const openExchange = createExchanges(backend, log, faults, createServe(backend))
  const listening = new Set<Listening>()

  const userOrAll = (ref: UserRef | undefined) => (ref === undefined ? undefined : directory.user(ref))
  const requested = (authorizeUrl: string | URL) => {
    const { pathname, searchParams } = new URL(authorizeUrl)
    if (pathname !== '/oauth/authorize')
      throw new Error(`'${pathname}' is not the consent page /oauth/authorize`)
    return readAuthorizationRequest(app, searchParams)
  }

  const fake: FakePipedrive = {
    app,
    companies: directory.companies,
    users: directory.users,

    fetch: createInProcessFetch(openExchange, sites, options.appFetch),
    async listen(where) {
      const { listen } = await import('./http/listen.ts')
      const server = await listen(openExchange, where)
      sites.set(server.origin, { serves: 'everything' })
      listening.add(server)
      return server
    },
    async close() {
      await Promise.all([...listening].map((server) => server.close()))
      listening.clear()
    },
    [Symbol.asyncDispose]: () => fake.close(),

    authorizeUrl({ state, origin = 'https://oauth.pipedrive.com' } = {}) {
      const url = new URL('/oauth/authorize', origin)
      url.searchParams.set('client_id', app.clientId)
      url.searchParams.set('redirect_uri', app.redirectUri)
      if (state !== undefined) url.searchParams.set('state', state)
      return url.href
    },
    async approve(authorizeUrl, { user, omitState = false } = {}) {
      const request = requested(authorizeUrl)
      return allow(backend, omitState ? { ...request, state: undefined } : request, directory.user(user))
    },
    deny: (authorizeUrl, { error } = {}) => cancel(requested(authorizeUrl), error),

    faults,
    calls: log.calls,
    tokenRequests: (filter = {}) =>
      log.calls.filter((call) => matchesCall(call, { ...filter, endpoint: 'token' })),
    clearCalls: () => void log.calls.splice(0),

    installations: () => grants.all().map((grant) => describeInstallation(backend, grant)),
    serverAccepts(token) {
      const grant = grants.byRefreshToken(token)
      return grant ? grants.isCurrent(grant, token) : grants.isLive(grants.accessToken(token))
    },

    async uninstall(ref, { deliver = options.appFetch ?? false, ...notice } = {}) {
      const user = directory.user(ref)
      const grant = grants.installed(user)
      if (!grant) throw new Error(`${user.name} of company ${user.companyId} has not installed the app`)
      grants.end(grant, 'uninstalled')
      const request = fake.uninstallNotice(user, notice)
      return deliver ? { request, response: await deliver(request.clone()) } : { request }
    },
    uninstallNotice: (ref, notice) =>
      uninstallNotice(app, directory.user(ref), { ...notice, timestamp: notice?.timestamp ?? clock.now() }),
    share: (ref, { isShared = true } = {}) => sharingNotice(app, directory.user(ref), isShared),
    extensionToken: (ref, token) =>
      signExtensionToken(
        directory.user(ref),
        { ...token, secret: token?.secret ?? app.clientSecret },
        clock.now(),
      ),

    resetClientSecret: (secret = `${app.clientSecret}-reset`) => (app.clientSecret = secret),
    changeScopes(scopes) {
      app.scopes = grantableScopes(scopes)
      grants.killAccessTokens()
    },
    expireAccessTokens: (ref) => grants.expireAccessTokens(userOrAll(ref)),
    killAccessTokens: (ref) => grants.killAccessTokens(userOrAll(ref)),
    setCompanyStanding(ref, standing) {
      const { id } = directory.company(ref)
      if (standing === 'unpaid') backend.unpaid.add(id)
      else backend.unpaid.delete(id)
    },
    setDailyBudget: (ref, remaining) => backend.limits.setDailyBudget(directory.company(ref), remaining),
    setBurstLimit: (ref, requests) => backend.limits.setBurstLimit(directory.company(ref), requests),
  }
  return fake
}
