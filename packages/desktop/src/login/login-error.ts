import { PipedriveOAuthError } from '@pd/oauth-core'
import type { ErrorDetails } from '@pd/oauth-core/adapter'

export type LoginErrorCode =
  /** The port of `redirectUri` is in use, or this user may not listen on it. */
  | 'port_taken'
  /** No browser could be opened, and nobody can paste. */
  | 'browser_unavailable'
  /** The user did not come back in time. */
  | 'login_timeout'
  /** What was pasted is an address, but not the callback address. */
  | 'foreign_callback'

/** The person at this machine has to act: a login without a web server did not succeed. */
export class LoginError extends PipedriveOAuthError {
  override readonly name = 'LoginError'
  readonly code: LoginErrorCode

  constructor(code: LoginErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, code === 'foreign_callback' ? 400 : 500, false, details)
    this.code = code
  }
}
