import { stripVTControlCharacters } from 'node:util'
import { spawn } from '@lydell/node-pty'
import { expect, onTestFinished } from 'vitest'
import { expectNoSecret, program, type Scene } from './command-line.ts'

/** `pd-oauth` in a real terminal. */
export interface Terminal {
  /** Returns what the terminal shows, with its colours. */
  readonly raw: () => string
  /** Returns what the terminal shows, as plain text. */
  readonly shown: () => string
  /** Waits until the terminal shows this. */
  sees(text: string | RegExp): Promise<void>
  /** Types keys; `\r` is Enter, `\u0003` is Ctrl-C. */
  type(keys: string): void
  /** Resolves to the exit code. */
  readonly ended: Promise<number>
}

export interface TerminalOptions {
  readonly columns?: number
  readonly env?: Readonly<Record<string, string>>
}

export function openTerminal(
  scene: Scene,
  args: readonly string[],
  { columns = 120, env = {} }: TerminalOptions = {},
): Terminal {
  const terminal = spawn(process.execPath, [program, ...args], {
    name: 'xterm-256color',
    cols: columns,
    rows: 40,
    env: { ...scene.env, TERM: 'xterm-256color', ...env },
  })
  let raw = ''
  const typed: string[] = []
  terminal.onData((data) => (raw += data))
  const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))
  onTestFinished(async () => {
    terminal.kill('SIGKILL')
    await ended
    // A terminal also shows what is typed. That may hold a code, which has been used by now.
    const own = typed.reduce((text, keys) => text.replaceAll(keys, ''), raw)
    if (!args.includes('token')) expectNoSecret(own, scene.secrets())
  })
  const shown = () => stripVTControlCharacters(raw).replaceAll('\r\n', '\n')
  return {
    raw: () => raw,
    shown,
    sees: (text) => expect.poll(shown).toMatch(text),
    type: (keys) => {
      if (keys.trim() !== '') typed.push(keys.trim())
      terminal.write(keys)
    },
    ended,
  }
}
