import { InvalidArgumentError, type PipedriveOAuth } from '@pd/oauth-core'
import { pagesProblems } from '@pd/oauth-core/adapter'
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

/** @throws {InvalidArgumentError} `invalid_argument`, which names every problem */
export function loginSettings(oauth: PipedriveOAuth, options: LoginOptions): LoginSettings {
  const {
    open = true,
    paste = isAtTerminal() && askAtTerminal,
    timeoutMs = fiveMinutes,
    pages = {},
    signal,
  } = options
  const redirect = new URL(oauth.redirectUri)
  const problems = loginProblems(
    redirect,
    { ...options, open, paste, timeoutMs },
    oauth.policy.consentTimeoutMs,
  )
  if (problems.length > 0) throw new InvalidArgumentError('login()', problems)
  return {
    redirect,
    open: open === true ? (page, { signal }) => openBrowser(page, signal) : open || undefined,
    paste: paste || undefined,
    timeoutMs,
    pages,
    signal,
  }
}

function loginProblems(
  redirect: URL,
  { port, open, paste, timeoutMs, pages = {}, signal }: LoginOptions,
  longestMs: number,
): string[] {
  const own = portOf(redirect)
  const { connected, ...common } = pages
  const texts = connected === undefined ? undefined : { other: connected }
  const says = (isProblem: boolean, text: string) => (isProblem ? [text] : [])
  return [
    ...says(
      redirect.protocol !== 'http:',
      `redirectUri must be http on localhost, not ${redirect.origin}, because login() listens on this machine. ` +
        'For another address use callbackUrlOf()',
    ),
    ...says(
      redirect.protocol === 'http:' && port !== undefined && port !== own,
      `port must be the port of redirectUri, ${own}, because Pipedrive compares the whole address`,
    ),
    ...says(
      typeof open !== 'boolean' && typeof open !== 'function',
      'open must be true, false or a function',
    ),
    ...says(paste !== false && typeof paste !== 'function', 'paste must be false or a function'),
    ...says(
      open === false && paste === false,
      'open: false needs paste, because nobody would see the address',
    ),
    ...says(
      !(Number(timeoutMs) >= 1 && Number(timeoutMs) <= longestMs),
      `timeoutMs must be between 1 and policy.consentTimeoutMs, ${longestMs}`,
    ),
    ...pagesProblems(common),
    ...pagesProblems({ texts }).map((problem) => problem.replace('pages.texts.other', 'pages.connected')),
    ...says(signal !== undefined && !(signal instanceof AbortSignal), 'signal must be an AbortSignal'),
  ]
}

/** Returns the port of an http address, which `URL` leaves empty for 80. */
export function portOf(url: URL): number {
  return url.port === '' ? 80 : Number(url.port)
}
