import { parseCookie, stringifySetCookie } from 'cookie'
import type { AuthorizationRequest } from '../client/connect/consent.ts'
import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import { appTag } from './app-tag.ts'

/**
 * The most characters that the attempt cookies of one browser may have together, about 18 attempts. The oldest are
 * cleared above that, because servers refuse header lines of more than 8 KB.
 */
const roomForAttempts = 6_000

/** 400 days in seconds: no browser keeps a cookie longer, and a number that needs an exponent is no age (RFC 6265bis §5.5). */
const longestAge = 34_560_000

/** A sealed attempt, and the `state` that it belongs to. */
export type HeldAttempt = Pick<AuthorizationRequest, 'state' | 'attempt'>

const known = new WeakMap<PipedriveOAuth, OAuthCookies>()

/** Writes and reads the cookies of the web flow. */
export class OAuthCookies {
  readonly #isSecure: boolean
  readonly #everyAttempt: string
  readonly #ownAttempt: string
  readonly #sessionName: string

  /**
   * Leaves out `__Host-` and `Secure` on plain http, where browsers refuse them. Only localhost may use plain http. The names
   * carry the app: browsers share cookies between the ports of a host.
   */
  constructor(oauth: PipedriveOAuth) {
    this.#isSecure = oauth.redirectUri.startsWith('https:')
    const prefix = this.#isSecure ? '__Host-' : ''
    const app = appTag(oauth)
    this.#everyAttempt = `${prefix}pd_attempt_`
    this.#ownAttempt = `${prefix}pd_attempt_${app}_`
    this.#sessionName = `${prefix}pd_session_${app}`
  }

  /** Returns the cookies of a client. They are made once: the guard reads them in every request. */
  static of(oauth: PipedriveOAuth): OAuthCookies {
    const cookies = known.get(oauth) ?? new OAuthCookies(oauth)
    known.set(oauth, cookies)
    return cookies
  }

  readSession(request: Request): string | undefined {
    return cookiesOf(request)[this.#sessionName]
  }

  /**
   * Returns the sealed attempt that a `state` belongs to. Each attempt has its own cookie, so several tabs work at
   * once.
   */
  readAttempt(request: Request, state: string): string | undefined {
    return cookiesOf(request)[this.#attemptName(state)]
  }

  /** Returns all sealed attempts of this browser and app. */
  readAttempts(request: Request): string[] {
    return this.#attemptsOf(request).map(([, value = '']) => value)
  }

  clearAttempts(request: Request): string[] {
    return this.#attemptsOf(request).map(([name]) => this.#set(name, '', 0))
  }

  session(value: string, maxAgeMs: number): string {
    return this.#set(this.#sessionName, value, maxAgeMs)
  }

  clearSession(): string {
    return this.#set(this.#sessionName, '', 0)
  }

  /**
   * Returns cookies that hold these sealed attempts, each with its `state`, and cookies that clear the oldest others of this app
   * if the browser has too many of this and other apps. Browsers send the oldest first (RFC 6265 §5.4).
   */
  attempts(request: Request, held: readonly HeldAttempt[], maxAgeMs: number): string[] {
    const added = new Map(held.map(({ state, attempt }) => [this.#attemptName(state), attempt]))
    let room = roomForAttempts
    const fits = (name: string, value = '') => (room -= `${name}=${value}; `.length) >= 0
    for (const [name, attempt] of added) fits(name, attempt)
    const cleared = Object.entries(cookiesOf(request))
      .filter(([name]) => name.startsWith(this.#everyAttempt) && !added.has(name))
      .toReversed()
      .filter(([name, value]) => !fits(name, value) && name.startsWith(this.#ownAttempt))
    return [
      ...cleared.map(([name]) => this.#set(name, '', 0)),
      ...Array.from(added, ([name, attempt]) => this.#set(name, attempt, maxAgeMs)),
    ]
  }

  #attemptsOf(request: Request): [name: string, value: string | undefined][] {
    return Object.entries(cookiesOf(request)).filter(([name]) => name.startsWith(this.#ownAttempt))
  }

  #attemptName(state: string): string {
    return this.#ownAttempt + state.replace(/[^\w-]/g, '').slice(0, 12)
  }

  #set(name: string, value: string, maxAgeMs: number): string {
    return stringifySetCookie({
      name,
      value,
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: this.#isSecure,
      maxAge: Math.min(Math.ceil(maxAgeMs / 1_000), longestAge),
    })
  }
}

function cookiesOf(request: Request): Record<string, string | undefined> {
  return parseCookie(request.headers.get('cookie') ?? '')
}
