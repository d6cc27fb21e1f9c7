import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { parse } from 'shell-quote'
import type { Output } from './output.ts'

/** A setting that names browsers. */
export interface BrowserSetting {
  readonly command: string
  /** Whether the setting is the variable BROWSER: by convention a list of commands, with colons between them. */
  readonly isList: boolean
}

/**
 * Opens a page with a command such as `firefox --private-window`, or else with the system's browser. Words may be quoted as
 * in a shell, but no shell is involved. The address replaces `%s`, or is the last argument; `%%` is `%`. The first command
 * that can be started, and that does not end with an error, opens the page.
 * @throws {Error} if the system's browser cannot be opened either
 */
export async function openBy(
  { command, isList }: BrowserSetting,
  page: string,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  for (const words of commandsOf(command, isList)) {
    const { opened } = await launch(withAddress(words, page), signal)
    if (opened || signal.aborted) return
  }
  output.warning('The browser command cannot be started. Trying the system’s browser instead.')
  const { openBrowser } = await import('@pd/oauth-desktop')
  await openBrowser(page, signal)
}

/** Returns the commands of a setting as words. What is no plain command, such as `a | b`, is left out. */
export function commandsOf(command: string, isList: boolean): string[][] {
  if (existsSync(command)) return [[command]]
  const parts = isList ? listed(command) : [command]
  return parts.map(wordsOf).filter((words) => words.length > 0)
}

const isWindows = process.platform === 'win32'

/** Splits at each colon (on Windows semicolon) that is neither quoted nor escaped. */
function listed(command: string): string[] {
  const pattern = isWindows ? /(?:"[^"]*"|[^;"]|")+/g : /(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^:"'\\]|["'\\])+/g
  return command.match(pattern) ?? []
}

function wordsOf(command: string): string[] {
  // Variables stay as they are written: their values are not this program's to read.
  const words = parse(command, (name) => `$${name}`, isWindows ? { escape: '^' } : {}).map((word) =>
    typeof word === 'object' && 'pattern' in word ? word.pattern : word,
  )
  return words.every((word) => typeof word === 'string') ? words : []
}

function withAddress(words: readonly string[], page: string): string[] {
  const filled = words.map((word) => word.replaceAll(/%[%s]/g, (mark) => (mark === '%%' ? '%' : page)))
  return words.some((word) => /(?<!%)(?:%%)*%s/.test(word)) ? filled : [...filled, page]
}

/** Resolves once the program has ended, or once the page is no longer needed. It may outlive this process. */
async function launch(
  [program = '', ...args]: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly opened: boolean }> {
  try {
    const browser = spawn(program, args, { stdio: 'ignore', detached: true })
    await once(browser, 'spawn')
    browser.unref()
    const [exitCode] =
      browser.exitCode === null ? await once(browser, 'exit', { signal }) : [browser.exitCode]
    return { opened: exitCode === 0 || exitCode === null }
  } catch {
    return { opened: signal.aborted }
  }
}
