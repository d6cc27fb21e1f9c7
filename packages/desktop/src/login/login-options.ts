import type { PipedriveOAuthError } from '@pd/oauth-core'

export interface LoginOptions {
  /** The port to listen on. It is that of the client's `redirectUri`, which Pipedrive compares exactly; another one is refused. */
  readonly port?: number | undefined
  /**
   * Who opens the address of the consent page: the system's browser, a function, or nobody, when whoever is asked to
   * paste opens it. Default: true.
   */
  readonly open?: boolean | ((url: string) => unknown) | undefined
  /**
   * Asks for what the browser ended up with, where that cannot reach this machine: the callback address or its code.
   * Whichever comes first counts, this or the browser. Default: at a terminal, asks there by standard error and input;
   * elsewhere, and with false, nobody is asked.
   */
  readonly paste?: Paste | false | undefined
  /** How long the user may take, in milliseconds; at most `policy.attemptMs`. Default: 300 000, 5 minutes. */
  readonly timeoutMs?: number | undefined
  /** Gives the login up. */
  readonly signal?: AbortSignal | undefined
}

/** Shows the address of the consent page and resolves to what was pasted; undefined: nothing will be. */
export type Paste = (url: string, context: PasteContext) => Promise<string | undefined>

export interface PasteContext {
  /** Aborts when the answer is not needed any more. */
  readonly signal: AbortSignal
  /** Why what was pasted before could not be used, when it is asked for again. */
  readonly mistake?: PipedriveOAuthError | undefined
}
