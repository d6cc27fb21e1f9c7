import { createAdministration, type Administration } from './administration.ts'
import type { AppRegistration } from './app-registration.ts'
import { createBackend } from './backend.ts'
import { CallLog, type Call, type CallFilter } from './call-log.ts'
import type { Company, User, UserRef } from './directory.ts'
import { createFaultScript, type FaultScript } from './faults/fault-script.ts'
import { createExchanges } from './http/exchange.ts'
import { createInProcessFetch } from './http/in-process-fetch.ts'
import type { Listening, ListenOptions } from './http/listen.ts'
import { createServe } from './http/serve.ts'
import { createSites } from './http/site.ts'
import { allow, authorizeUrl, cancel, readAuthorizeUrl } from './oauth/consent.ts'
import { restoreInstallation } from './restore-installation.ts'
import type { FakePipedriveOptions } from './options.ts'

/** A fake Pipedrive: its OAuth server, a part of its API, and its users. */
export interface FakePipedrive extends Administration, AsyncDisposable {
  /** The app as Pipedrive knows it now. */
  readonly app: Readonly<AppRegistration>
  readonly companies: readonly Company[]
  readonly users: readonly User[]

  /**
   * A `fetch` that answers for `https://oauth.pipedrive.com`, `https://api.pipedrive.com` and the companies' hosts without
   * a network. Every other host is unknown. It is a plain function and needs no `this`.
   */
  readonly fetch: typeof fetch
  /** Also serves on a socket of this machine. There, `api_domain` is the origin that the request was sent to. */
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

  /** The script of faults: which calls go wrong, and how. */
  readonly faults: FaultScript
  /** Every request so far, oldest first. */
  readonly calls: readonly Call[]
  /** Returns the requests to the token endpoint that meet the filter. Default: all. */
  tokenRequests(filter?: Omit<CallFilter, 'endpoint'>): readonly Call[]
  clearCalls(): void
}

/**
 * Creates a fake Pipedrive. Two fakes share nothing.
 * @example
 * const fake = createFakePipedrive()
 * const callbackUrl = await fake.approve(fake.authorizeUrl({ state: 'xyz' }))
 * @throws {Error} when the option `installations` names an unknown user, or the same user twice
 */
export function createFakePipedrive(options: FakePipedriveOptions = {}): FakePipedrive {
  const backend = createBackend(options)
  const { app, directory } = backend
  const log = new CallLog(backend.clock)
  const faults = createFaultScript(options.faults)
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
  const sites = createSites(directory.companies, (company) => backend.apiDomain(company))
  const listening = new Set<Listening>()

  const close = async () => {
    await Promise.all([...listening].map((server) => server.close()))
    listening.clear()
  }

  return {
    ...administration,
    app,
    companies: directory.companies,
    users: directory.users,

    fetch: createInProcessFetch(openExchange, sites, options.appFetch),
    async listen(where) {
      // Imported here, so that everything else also runs without Node.
      const { listen } = await import('./http/listen.ts')
      const server = await listen(openExchange, where)
      listening.add(server)
      return server
    },
    close,
    [Symbol.asyncDispose]: close,

    authorizeUrl: ({ state, origin = 'https://oauth.pipedrive.com' } = {}) =>
      authorizeUrl(app, origin, state),
    async approve(url, { user, omitState = false } = {}) {
      const request = readAuthorizeUrl(app, url)
      return allow(backend, omitState ? { ...request, state: undefined } : request, directory.user(user))
    },
    deny: (url, { error } = {}) => cancel(readAuthorizeUrl(app, url), error),

    faults,
    calls: log.calls,
    tokenRequests: (filter) => log.matching({ ...filter, endpoint: 'token' }),
    clearCalls: () => log.clear(),
  }
}
