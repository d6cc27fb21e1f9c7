import { InvalidArgumentError } from '../errors.ts'
import { problemsOf, unknownNames, type Check } from '../machine/problems.ts'
import { defaultOAuthOrigin } from '../protocol/authorization-url.ts'
import type { ClientCredentials } from '../protocol/token-request.ts'
import { readTokenText } from '../protocol/token-text.ts'
import { isOrigin } from '../protocol/web-address.ts'
import type { Connection } from './send.ts'

/** The options of a bare call. */
export interface CallOptions {
  /** Sends the request. Default: the runtime's `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Aborts the call. Default: a time limit of 10 seconds, which a signal replaces. */
  readonly signal?: AbortSignal | undefined
  /** The origin of the token endpoint: https, or http on localhost. Default: `https://oauth.pipedrive.com`. */
  readonly oauthOrigin?: string | undefined
  /** One more origin, besides Pipedrive's, that is accepted as `apiDomain`: https, or http on localhost. Default: none. */
  readonly apiOrigin?: string | undefined
}

const known: Record<keyof CallOptions, true> = {
  fetch: true,
  signal: true,
  oauthOrigin: true,
  apiOrigin: true,
}

/** Checks the credentials of an app. */
export function credentialChecks(credentials: ClientCredentials): Check[] {
  return (['clientId', 'clientSecret'] as const).map((name) => [
    readTokenText(credentials?.[name]) === undefined,
    `${name} must be as in the Developer Hub: visible ASCII characters without spaces`,
  ])
}

/** Checks a token. */
export function tokenCheck(name: string, value: unknown): Check {
  return [readTokenText(value) === undefined, `${name} must be visible ASCII characters without spaces`]
}

/** Returns an origin without the slash at its end. Undefined: the value is not an origin. */
export function originOf(value: unknown): string | undefined {
  return isOrigin(value) ? new URL(value).origin : undefined
}

/** Options with their defaults. The origins have no slash at their end. */
export type CheckedOptions = Pick<Connection, 'fetch' | 'oauthOrigin' | 'apiOrigin'> &
  Pick<CallOptions, 'signal'>

/**
 * Returns the options with their defaults.
 * @throws {InvalidArgumentError} `invalid_argument`, if one of them cannot be used or one of `checks` found something wrong
 */
export function checkedOptions(call: string, given: CallOptions, checks: readonly Check[]): CheckedOptions {
  const isObject = typeof given === 'object' && given !== null
  const options = isObject ? given : {}
  const { fetch = globalThis.fetch, oauthOrigin = defaultOAuthOrigin, apiOrigin, signal } = options
  const problems = problemsOf(
    ...checks,
    [!isObject, 'the options must be an object'],
    [!isOrigin(oauthOrigin), `oauthOrigin ${needsOrigin}`],
    [apiOrigin !== undefined && !isOrigin(apiOrigin), `apiOrigin ${needsOrigin}`],
    [typeof fetch !== 'function', 'fetch must be a function'],
    [signal !== undefined && typeof signal?.throwIfAborted !== 'function', 'signal must be an AbortSignal'],
  )
  problems.push(...unknownNames(options, known))
  if (problems.length > 0) throw new InvalidArgumentError(call, problems)
  return { fetch, oauthOrigin: new URL(oauthOrigin).origin, apiOrigin: originOf(apiOrigin), signal }
}

export const needsOrigin =
  'must be an origin such as https://oauth.pipedrive.com: https, or http on localhost, no path'
