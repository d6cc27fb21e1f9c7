import { CallbackError, PipedriveOAuthError, type CallbackResult, type PipedriveOAuth } from '@pd/oauth-core'
import {
  errorResponse,
  pageResponse,
  type AuthorizationRequest,
  type CallbackAnswer,
} from '@pd/oauth-core/adapter'
import { accountText } from './account-text.ts'
import { callbackUrlOf } from './callback-url-of.ts'
import { writeConsentPage, type ConsentPage } from './consent-page.ts'
import { LoginError } from './login-error.ts'
import type { LoginOptions, Paste } from './login-options.ts'
import { loginSettings, portOf, type LoginSettings } from './login-settings.ts'
import { LoopbackListener } from './loopback-listener.ts'

/** How often a person may paste before the login gives up. */
const pasteTries = 3
/** How long to wait for the browser to load the last page, in milliseconds. */
const graceMs = 2_000

/**
 * Connects a user from a program without a web server. Opens the consent page in the browser, listens on this machine until
 * the browser comes back, and stores the installation. If the browser runs on another machine, the person can paste the
 * address where it ended. A request that is not the answer to this login changes nothing.
 *
 * @throws {LoginError} `port_taken`, `browser_unavailable`, `login_timeout`; `foreign_callback`, if the last paste is no
 * callback address
 * @throws {CallbackError} `access_denied`, if the user cancels; `unexpected_account`, if somebody else than `expect` logs in;
 * `code_refused`, `invalid_callback`, `state_mismatch`, `attempt_expired`
 * @throws {TokenEndpointError} if Pipedrive gives no tokens until the time is over, also when the page is reloaded
 * @throws {StoreError} if the tokens cannot be saved
 * @throws {InvalidArgumentError} if the options do not fit `redirectUri`, or `expect` is malformed
 * @throws the reason of `signal`, if that aborts
 * @see [RFC 8252](https://www.rfc-editor.org/rfc/rfc8252.html)
 * @example
 * ```ts
 * import { login } from '@pd/oauth-desktop'
 *
 * const { installation } = await login(oauth, { signal: AbortSignal.timeout(60_000) })
 * console.log(await installation.api('/api/v2/deals'))
 * ```
 */
export async function login(oauth: PipedriveOAuth, options: LoginOptions = {}): Promise<CallbackResult> {
  const settings = loginSettings(oauth, options)
  settings.signal?.throwIfAborted()
  const begin = () => oauth.authorize({ expect: options.expect })
  const attempt = new Login(oauth, settings, { begin, begun: await begin() })
  const listener = await LoopbackListener.open(settings.redirect, (request) => attempt.answer(request))
  try {
    return await attempt.run()
  } finally {
    await listener.close({ graceMs: settings.signal?.aborted === true ? 0 : graceMs })
  }
}

class Login {
  readonly #oauth: PipedriveOAuth
  readonly #settings: LoginSettings
  readonly #begin: () => Promise<AuthorizationRequest>
  /** The sealed attempt of each state: a state serves one code, so another attempt may take the place of the first. */
  readonly #attempts = new Map<string, string>()
  #begun: AuthorizationRequest
  readonly #outcome = Promise.withResolvers<CallbackResult>()
  #page: ConsentPage | undefined
  /** How many callbacks are at Pipedrive at the moment. */
  #pending = 0
  #isOverdue = false
  /** The last error after which the user may reload the page or paste again. */
  #trouble: PipedriveOAuthError | undefined

  constructor(
    oauth: PipedriveOAuth,
    settings: LoginSettings,
    { begin, begun }: { begin: () => Promise<AuthorizationRequest>; begun: AuthorizationRequest },
  ) {
    this.#oauth = oauth
    this.#settings = settings
    this.#begin = begin
    this.#begun = this.#kept(begun)
  }

  async run(): Promise<CallbackResult> {
    const { open, paste, signal, timeoutMs } = this.#settings
    const over = new AbortController()
    const giveUp = () => this.#outcome.reject(signal?.reason)
    const timer = setTimeout(() => this.#overdue(), timeoutMs)
    signal?.addEventListener('abort', giveUp)
    try {
      signal?.throwIfAborted()
      if (open !== undefined) void this.#open(open, over.signal)
      if (paste !== undefined) void this.#askFor(paste, over.signal)
      return await this.#outcome.promise
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      over.abort()
      this.#page?.remove()
    }
  }

  #kept(begun: AuthorizationRequest): AuthorizationRequest {
    this.#attempts.set(begun.state, begun.attempt)
    return begun
  }

  /** Answers a request to the callback address. Only an answer to this login can end it. */
  async answer(request: Request): Promise<Response> {
    const look = this.#settings.pages
    try {
      const taken = await this.#take(request.url)
      if (taken.type === 'begun_again')
        return new Response(null, { status: 302, headers: { location: taken.request.url } })
      const text =
        `The program is now connected to ${accountText(taken.result.account)}. If that is your account, close this tab ` +
        'and go back to the program. If it is not, uninstall the app there and log in again.'
      return pageResponse(
        { title: look.connected?.title ?? 'Pipedrive is connected', text: look.connected?.text ?? text },
        { look },
      )
    } catch (error) {
      const isAnswer = this.#attempts.has(stateOf(request.url))
      if (!(error instanceof PipedriveOAuthError)) {
        this.#outcome.reject(error)
        return pageResponse(
          { title: 'Something went wrong', text: 'The program shows what happened.' },
          { status: 500, look },
        )
      }
      if (isAnswer && error.retryable) this.#trouble = error
      else if (isAnswer) this.#outcome.reject(error)
      return errorResponse(error, request, undefined, look)
    }
  }

  async #take(callbackUrl: string): Promise<Exclude<CallbackAnswer, { readonly type: 'failed' }>> {
    this.#pending += 1
    try {
      const answer = await this.#oauth.answerCallback(
        callbackUrl,
        this.#attempts.get(stateOf(callbackUrl)) ?? this.#begun.attempt,
      )
      if (answer.type === 'failed') throw answer.error
      if (answer.type === 'connected') this.#outcome.resolve(answer.result)
      else this.#begun = this.#kept(answer.request)
      return answer
    } finally {
      this.#pending -= 1
      // First the caller of #take() handles the outcome.
      if (this.#isOverdue) setImmediate(() => this.#overdue())
    }
  }

  async #open(open: NonNullable<LoginSettings['open']>, signal: AbortSignal): Promise<void> {
    const { url } = this.#begun
    try {
      this.#page = writeConsentPage(url, portOf(this.#settings.redirect))
      await open(this.#page.href, { url, signal })
    } catch (cause) {
      if (this.#settings.paste !== undefined) return
      this.#outcome.reject(
        new LoginError(
          'browser_unavailable',
          'No browser could be opened here. Run this at a terminal, or give login() the paste option.',
          { cause },
        ),
      )
    }
  }

  async #askFor(paste: Paste, signal: AbortSignal): Promise<void> {
    let mistake: PipedriveOAuthError | undefined
    try {
      for (let tries = 1; ; tries += 1) {
        const { url, state } = this.#begun
        const pasted = await paste(url, { signal, mistake })
        if (pasted === undefined || signal.aborted) return
        mistake = await this.#mistakeIn(() => callbackUrlOf(this.#oauth, pasted, state))
        if (mistake === undefined) return
        if (tries === pasteTries || isDenial(mistake)) throw mistake
        if (isOver(mistake)) this.#begun = this.#kept(await this.#begin())
      }
    } catch (error) {
      this.#outcome.reject(error)
    }
  }

  async #mistakeIn(callbackUrl: () => string): Promise<PipedriveOAuthError | undefined> {
    try {
      const taken = await this.#take(callbackUrl())
      return taken.type === 'begun_again' ? taken.error : undefined
    } catch (error) {
      if (!(error instanceof PipedriveOAuthError)) throw error
      if (this.#isOverdue) this.#trouble = error
      return error
    }
  }

  /** Ends the login, unless the user came back in time and Pipedrive is still being asked. */
  #overdue(): void {
    this.#isOverdue = true
    if (this.#pending > 0) return
    const { timeoutMs } = this.#settings
    const late = new LoginError(
      'login_timeout',
      `Nobody came back from the consent page within ${timeoutMs / 1_000} seconds.`,
    )
    this.#outcome.reject(this.#trouble ?? late)
  }
}

/** Whether the attempt is over, so that the next code needs another one. */
function isOver({ code }: PipedriveOAuthError): boolean {
  return code === 'code_refused' || code === 'unexpected_account'
}

function stateOf(callbackUrl: string): string {
  return new URL(callbackUrl).searchParams.get('state') ?? ''
}

function isDenial(error: PipedriveOAuthError): boolean {
  return error instanceof CallbackError && error.code === 'access_denied'
}
