import type { PipedriveOAuth } from '@pd/oauth-core'
import { aSignal, checkOptions, pagesProblems, type Check, type Rules } from '@pd/oauth-core/adapter'
import { askAtTerminal, isAtTerminal } from './ask-at-terminal.ts'
import type { LoginOptions, LoginPages, OpenContext, Paste } from './login-options.ts'
import { openBrowser } from './open-browser.ts'

/** The options of a login with every default filled in, and checked. */
export interface LoginSettings {
  readonly redirect: URL
  /** Undefined: nothing is opened. */
  readonly open: ((page: string, context: OpenContext) => unknown) | undefined
  readonly paste: Paste | undefined
  readonly timeoutMs: number
  readonly pages: LoginPages
  readonly signal: AbortSignal | undefined
}

const fiveMinutes = 5 * 60_000

/** @throws {InvalidArgumentError} `invalid_argument`; it names every unknown option and every wrong value */
export function loginSettings(oauth: PipedriveOAuth, options: LoginOptions): LoginSettings {
  const redirect = new URL(oauth.redirectUri)
  const rules = rulesFor(redirect, oauth.policy.consentTimeoutMs)
  checkOptions('login()', options, rules, () => furtherChecks(redirect, options))
  const { open = true, timeoutMs = fiveMinutes, pages = {}, signal } = options
  return {
    redirect,
    open: open === true ? (page, { signal }) => openBrowser(page, signal) : open || undefined,
    paste: pasteOf(options) || undefined,
    timeoutMs,
    pages,
    signal,
  }
}

function pasteOf({ paste = isAtTerminal() && askAtTerminal }: LoginOptions): Paste | false {
  return paste
}

function rulesFor(redirect: URL, longestMs: number): Rules<LoginOptions> {
  const own = portOf(redirect)
  return {
    port: [
      (value) => redirect.protocol !== 'http:' || value === own,
      `the port of redirectUri, ${own}, because Pipedrive compares the whole address`,
    ],
    open: [(value) => typeof value === 'boolean' || typeof value === 'function', 'true, false or a function'],
    paste: [(value) => value === false || typeof value === 'function', 'false or a function'],
    timeoutMs: [
      (value) => Number(value) >= 1 && Number(value) <= longestMs,
      `between 1 and policy.consentTimeoutMs, ${longestMs}`,
    ],
    signal: aSignal,
    // `authorize()` and `pagesProblems()` check these two.
    expect: [() => true, 'an expectation'],
    pages: [() => true, 'pages'],
  }
}

function furtherChecks(redirect: URL, options: LoginOptions): readonly Check[] {
  return [
    [
      redirect.protocol !== 'http:',
      `redirectUri must be http on localhost, not ${redirect.origin}, because login() listens on this machine. ` +
        'For another address use callbackUrlOf()',
    ],
    [
      options.open === false && pasteOf(options) === false,
      'open: false needs paste, because nobody would see the address',
    ],
    ...problemsOfPages(options.pages).map((problem): Check => [true, problem]),
  ]
}

/** The text of a success is checked as that of an error is. */
function problemsOfPages(pages: LoginPages | undefined): readonly string[] {
  if (typeof pages !== 'object' || pages === null) return pagesProblems(pages)
  const { connected, ...common } = pages
  const texts = connected === undefined ? undefined : { other: connected }
  return [
    ...pagesProblems(common),
    ...pagesProblems({ texts }).map((problem) => problem.replace('pages.texts.other', 'pages.connected')),
  ]
}

/** Returns the port of an http address, which `URL` leaves empty for 80. */
export function portOf(url: URL): number {
  return url.port === '' ? 80 : Number(url.port)
}
