import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { CliError } from './cli-error.ts'
import { ExitCode } from './exit-code.ts'

/**
 * Opens an address with a command such as `firefox --private-window`. The address replaces `%s`, or is the last argument.
 * No shell is involved. The command may outlive this process.
 * @throws {CliError} when the command cannot be started
 */
export async function openBy(command: string, url: string): Promise<void> {
  const words = command.split(/\s+/).filter((word) => word !== '')
  const [program = '', ...args] = words.some((word) => word.includes('%s'))
    ? words.map((word) => word.replaceAll('%s', () => url))
    : [...words, url]
  const browser = spawn(program, args, { stdio: 'ignore', detached: true })
  try {
    await once(browser, 'spawn')
  } catch (cause) {
    throw new CliError(
      ExitCode.configuration,
      `The browser command ${program} cannot be started. Name another one with --browser, or use pd-oauth url and exchange.`,
      { cause },
    )
  }
  browser.unref()
}
