import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import type { PasteContext } from './login-options.ts'

/** Whether a person can answer: standard input and standard error are both a terminal. */
export function isAtTerminal(): boolean {
  const { stdin, stderr } = process
  // `isTTY` is undefined, not false, where there is no terminal.
  return [stdin, stderr].every(({ isTTY }) => isTTY === true)
}

/** Shows the address on standard error and reads what the person pastes. Standard output is left to the program. */
export async function askAtTerminal(
  url: string,
  { signal, mistake }: PasteContext,
): Promise<string | undefined> {
  const { stdin: input, stderr: output } = process
  // Not as a terminal: in raw mode, Ctrl-C would not end the program.
  const lines = createInterface({ input, output, terminal: false })
  const question = mistake === undefined ? invitation(url) : `${mistake.message}\n\n  ${url}\n\nOnce more: `
  try {
    const ended = once(lines, 'close').then(() => undefined)
    return await Promise.race([lines.question(question, { signal }), ended])
  } catch (error) {
    if (!signal.aborted) throw error
    // The question has ended its line.
    return undefined
  } finally {
    lines.close()
  }
}

function invitation(url: string): string {
  return (
    `To connect Pipedrive, open this address, if your browser has not done so:\n\n  ${url}\n\n` +
    'If the browser runs on another machine, paste the address that it ends up at: '
  )
}
