import { type PipedriveOAuthError, ReauthorizationRequiredError } from '../../errors.ts'
import type { InstallationId } from '../../machine/account.ts'
import type { Settings } from './settings.ts'

/** A request that was answered with an error. */
export interface Refusal {
  readonly error: PipedriveOAuthError
  readonly request: Request
  /** The status of the answer. */
  readonly status: number
  /** When the request came, in epoch milliseconds. Default: unknown. */
  readonly since?: number | undefined
  /** Whether it is one of the routes: install, callback, disconnect, logout. */
  readonly isRoute: boolean
}

const longestRoute = 200

/** Tells the log and the listeners of events which requests were answered with an error. */
export class Refusals {
  readonly #settings: Settings

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** Returns the current time, in epoch milliseconds. */
  now(): number {
    return this.#settings.clock.now()
  }

  /**
   * Emits `request_refused`, and writes a line into the log: as an error if the status is 500 or more, and as a warning if
   * a route refused. A page that asks its user to connect is no failure.
   */
  tell({ error, request, status, since, isRoute }: Refusal): void {
    const { emit, log } = this.#settings
    if (status < 400) return
    const route = new URL(request.url).pathname.slice(0, longestRoute)
    const { method } = request
    const facts = {
      status,
      method,
      route,
      ...(since === undefined ? {} : { durationMs: this.now() - since }),
    }
    // Only ids of installations get there.
    const installationId = error.installationId as InstallationId | undefined
    emit({ type: 'request_refused', code: error.code, ...(installationId && { installationId }), ...facts })
    const failure = { what: `${method} ${route} was answered with ${status}`, error, ...facts }
    if (status >= 500) log.error(failure)
    else if (isRoute || isHopeless(error)) log.warn(failure)
  }

  /**
   * Writes a warning into the log: this user sees the consent page again, because the attempt was over or the browser has lost
   * its session. `error`: why the callback was not accepted. Default: it was.
   */
  tellRestart(request: Request, error?: PipedriveOAuthError): void {
    const { method, url } = request
    const route = new URL(url).pathname.slice(0, longestRoute)
    const what = `${method} ${route} sent the user to the consent page once more`
    const failure = error === undefined ? lostSession : { error }
    this.#settings.log.warn({ what, method, route, ...failure }, `restart ${error?.code}`)
  }

  /** Writes a line into the log if this error is no refusal of a user: for answers that are not of HTTP. */
  tellFailure(what: string, error: PipedriveOAuthError): void {
    if (error.status >= 500) this.#settings.log.error({ what, error })
  }
}

const lostSession = {
  code: 'session_lost',
  cause: 'The user connected less than a minute ago, and the page that leads here got no session cookie',
  action:
    'Let proxies pass every Set-Cookie and Cookie, keep the host of `redirectUri` in every link, and serve https if that is its scheme.',
}

/** Returns whether a user who connects again ends at the same refusal. */
function isHopeless(error: PipedriveOAuthError): boolean {
  return error instanceof ReauthorizationRequiredError && !error.consentMayHelp
}
