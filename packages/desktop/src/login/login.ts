import {
  CallbackError,
  errorResponse,
  LoginError,
  pageResponse,
  PipedriveOAuthError,
  type AuthorizationRequest,
  type CallbackResult,
  type PipedriveOAuth,
} from '@pd/oauth-core'
import { callbackUrlOf } from './callback-url-of.ts'
import type { LoginOptions, Paste } from './login-options.ts'
import { loginSettings, type LoginSettings } from './login-settings.ts'
import { LoopbackListener } from './loopback-listener.ts'

/** How often what was pasted may be of no use. */
const pasteTries = 3
/** How long the browser may take to fetch the last page, in milliseconds. */
const graceMs = 2_000

/**
 * Connects a user from a program without a web server: opens the consent page in the browser, waits on a port of this
 * machine until the browser comes back, and stores the installation. Where the browser runs elsewhere, the person is
 * asked to paste what it ended up with. Requests that are not this login's answer change nothing.
 *
 * @throws {LoginError} `port_taken`, `browser_unavailable`, `login_timeout`
 * @throws {CallbackError} `access_denied`, when the user cancels; `code_refused`, `invalid_callback`
 * @throws {TokenEndpointError} when Pipedrive does not give tokens, also by reloading the page within the time
 * @throws {StoreError} when they cannot be saved
 * @throws {ConfigurationError} when the options do not fit `redirectUri`
 * @throws the reason of `signal`
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
  const attempt = new Login(oauth, settings, await oauth.authorize())
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
  readonly #begun: AuthorizationRequest
  readonly #outcome = Promise.withResolvers<CallbackResult>()
  /** Callbacks that Pipedrive is being asked about. */
  #pending = 0
  #isOverdue = false
  /** Trouble after which the page may be loaded again, or something else be pasted. */
  #trouble: PipedriveOAuthError | undefined

  constructor(oauth: PipedriveOAuth, settings: LoginSettings, begun: AuthorizationRequest) {
    this.#oauth = oauth
    this.#settings = settings
    this.#begun = begun
  }

  async run(): Promise<CallbackResult> {
    const { open, paste, signal, timeoutMs } = this.#settings
    const { url } = this.#begun
    const over = new AbortController()
    const giveUp = () => this.#outcome.reject(signal?.reason)
    const timer = setTimeout(() => this.#overdue(), timeoutMs)
    signal?.addEventListener('abort', giveUp)
    try {
      signal?.throwIfAborted()
      if (open !== undefined) void this.#open(async () => open(url, over.signal))
      if (paste !== undefined) void this.#askFor(paste, over.signal)
      return await this.#outcome.promise
    } finally {
      over.abort()
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
    }
  }

  /** Answers a request to the callback address. One that is no answer to this attempt does not end it. */
  async answer(request: Request): Promise<Response> {
    try {
      await this.#take(request.url)
      return pageResponse({
        title: 'Pipedrive is connected',
        text: 'You can close this tab and go back to the program that brought you here.',
      })
    } catch (error) {
      const isAnswer = new URL(request.url).searchParams.get('state') === this.#begun.state
      if (!(error instanceof PipedriveOAuthError)) {
        this.#outcome.reject(error)
        return pageResponse(
          { title: 'Something went wrong', text: 'The program says more.' },
          { status: 500 },
        )
      }
      if (isAnswer && error.retryable) this.#trouble = error
      else if (isAnswer) this.#outcome.reject(error)
      return errorResponse(error, request)
    }
  }

  async #take(callbackUrl: string): Promise<void> {
    this.#pending += 1
    try {
      this.#outcome.resolve(await this.#oauth.callback(callbackUrl, this.#begun.attempt))
    } finally {
      this.#pending -= 1
      // After whoever asked has heard how it ended.
      if (this.#isOverdue) setImmediate(() => this.#overdue())
    }
  }

  async #open(open: () => Promise<unknown>): Promise<void> {
    try {
      await open()
    } catch (cause) {
      if (this.#settings.paste !== undefined) return
      this.#outcome.reject(
        new LoginError(
          'browser_unavailable',
          'No browser could be opened here. Run this at a terminal, or give login() a way to paste the callback address.',
          { cause },
        ),
      )
    }
  }

  async #askFor(paste: Paste, signal: AbortSignal): Promise<void> {
    const { url, state } = this.#begun
    let mistake: PipedriveOAuthError | undefined
    try {
      for (let tries = 1; ; tries += 1) {
        const pasted = await paste(url, { signal, mistake })
        if (pasted === undefined || signal.aborted) return
        mistake = await this.#mistakeIn(() => callbackUrlOf(this.#oauth, pasted, state))
        if (mistake === undefined) return
        if (tries === pasteTries || isDenial(mistake)) throw mistake
      }
    } catch (error) {
      this.#outcome.reject(error)
    }
  }

  async #mistakeIn(callbackUrl: () => string): Promise<PipedriveOAuthError | undefined> {
    try {
      await this.#take(callbackUrl())
      return undefined
    } catch (error) {
      if (!(error instanceof PipedriveOAuthError)) throw error
      if (this.#isOverdue) this.#trouble = error
      return error
    }
  }

  /** A user who came back in time is not late because Pipedrive is slow. */
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

function isDenial(error: PipedriveOAuthError): boolean {
  return error instanceof CallbackError && error.code === 'access_denied'
}
