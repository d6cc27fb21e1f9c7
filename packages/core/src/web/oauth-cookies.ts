import { parseCookie, stringifySetCookie } from 'cookie'

/**
 * The most characters that the attempt cookies of one browser may have together, about 18 attempts. The oldest are
 * cleared above that, because servers refuse header lines of more than 8 KB.
 */
const roomForAttempts = 6_000

/** Writes and reads the cookies of the web flow. */
export class OAuthCookies {
  readonly #isSecure: boolean
  readonly #attemptPrefix: string
  readonly #sessionName: string

  /** Leaves out `__Host-` and `Secure` on plain http, where browsers refuse them. Only localhost may use plain http. */
  constructor(redirectUri: string) {
    this.#isSecure = redirectUri.startsWith('https:')
    const prefix = this.#isSecure ? '__Host-' : ''
    this.#attemptPrefix = `${prefix}pd_attempt_`
    this.#sessionName = `${prefix}pd_session`
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

  session(value: string, maxAgeMs: number): string {
    return this.#set(this.#sessionName, value, maxAgeMs)
  }

  attempt(state: string, value: string, maxAgeMs: number): string {
    return this.#set(this.#attemptName(state), value, maxAgeMs)
  }

  clearSession(): string {
    return this.#set(this.#sessionName, '', 0)
  }

  clearAttempt(state: string): string {
    return this.#set(this.#attemptName(state), '', 0)
  }

  /**
   * Returns cookies that clear the oldest attempts if a browser has too many. Browsers send the oldest first (RFC 6265
   * §5.4).
   */
  clearOldAttempts(request: Request): string[] {
    let room = roomForAttempts
    return Object.entries(cookiesOf(request))
      .filter(([name]) => name.startsWith(this.#attemptPrefix))
      .toReversed()
      .filter(([name, value = '']) => (room -= name.length + value.length) < 0)
      .map(([name]) => this.#set(name, '', 0))
  }

  #attemptName(state: string): string {
    return this.#attemptPrefix + state.replace(/[^\w-]/g, '').slice(0, 12)
  }

  #set(name: string, value: string, maxAgeMs: number): string {
    return stringifySetCookie({
      name,
      value,
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: this.#isSecure,
      maxAge: Math.floor(maxAgeMs / 1_000),
    })
  }
}

function cookiesOf(request: Request): Record<string, string | undefined> {
  return parseCookie(request.headers.get('cookie') ?? '')
}
