import type { PipedriveOAuthError } from '@pd/oauth-core'
import type { Expectation, PagesOptions, PageText } from '@pd/oauth-core/adapter'

export interface LoginOptions {
  /**
   * The port to listen on. It must be the port of the client's `redirectUri`, which Pipedrive compares exactly. Default: that
   * port.
   */
  readonly port?: number | undefined
  /**
   * Opens the consent page: true means the system's browser, a function opens it itself, false means that the person who is
   * asked to paste opens it. A function gets the `file:` address of a page that only this user can read and that redirects to
   * the consent page, so that it may be an argument of a process. Default: true.
   */
  readonly open?: boolean | ((page: string, context: OpenContext) => unknown) | undefined
  /**
   * Asks a person for the callback address or its code, for a browser that cannot reach this machine. What comes first
   * counts: the pasted text or the browser. False asks nobody. Default: asks at the terminal, by standard error and standard
   * input; without a terminal nobody is asked.
   */
  readonly paste?: Paste | false | undefined
  /**
   * Only this account may log in: an installation id, or any user of a company. If another one comes back, nothing is stored.
   * Default: any account.
   */
  readonly expect?: Expectation | undefined
  /** How long the user may take, in milliseconds. 1 to `policy.consentTimeoutMs`. Default: 300 000, 5 minutes. */
  readonly timeoutMs?: number | undefined
  /** The app's name, logo, accent and texts on the pages that the browser shows at the end. Default: plain pages. */
  readonly pages?: LoginPages | undefined
  /** Ends the login; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** How the pages of a login look. The page of a success has its own texts. */
export interface LoginPages extends PagesOptions {
  /** Title and text of the page of a success. Default: English ones, which name the account. */
  readonly connected?: PageText | undefined
}

export interface OpenContext {
  /**
   * The address of the consent page, for a web view of this program. It holds `state`: never make it an argument of a
   * process, because every user of the machine can read those.
   */
  readonly url: string
  /** Aborts when the login is over. */
  readonly signal: AbortSignal
}

/** Shows the address of the consent page. Resolves to what was pasted, or to undefined if nothing will be pasted. */
export type Paste = (url: string, context: PasteContext) => Promise<string | undefined>

export interface PasteContext {
  /** Aborts when the answer is no longer needed. */
  readonly signal: AbortSignal
  /** Why the last pasted text could not be used. Undefined at the first time. */
  readonly mistake?: PipedriveOAuthError | undefined
}
