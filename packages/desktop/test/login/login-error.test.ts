import { PipedriveOAuthError } from '@pd/oauth-core'
import { expect, test } from 'vitest'
import { LoginError, type LoginErrorCode } from '../../src/index.ts'

/** Every code there is. The compiler reports a missing one. */
const statuses: Record<LoginErrorCode, number> = {
  port_taken: 500,
  browser_unavailable: 500,
  login_timeout: 500,
  foreign_callback: 400,
}

test.each(Object.entries(statuses) as [LoginErrorCode, number][])(
  'a LoginError %s is an error of this library, and not worth a second try by itself',
  (code, status) => {
    const cause = new Error('why')
    const error = new LoginError(code, 'What happened.', { cause })
    expect(error).toBeInstanceOf(PipedriveOAuthError)
    expect(String(error)).toBe('LoginError: What happened.')
    expect(error).toMatchObject({ code, status, retryable: false, cause })
  },
)
