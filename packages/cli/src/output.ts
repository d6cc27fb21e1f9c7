import type { Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { styleText } from 'node:util'
import { printableLines } from './show/printable.ts'

/** A terminal, a pipe or a file. */
type Stream = Writable & { readonly isTTY?: boolean }

type Format = Parameters<typeof styleText>[0]

/** The codes of `styled()`. No other control character reaches a terminal. */
const styles = new RegExp(`(${'\u001B'}\\[(?:1|2|22|31|32|33|39)m)`)

/**
 * Writes results to standard output and everything else to standard error. Colours appear on terminals only; NO_COLOR
 * and FORCE_COLOR override that. Other characters that control a terminal are written out, such as `\u001b`.
 */
export class Output {
  readonly #stdout: Stream
  readonly #stderr: Stream
  readonly #warnings = new Set<string>()
  #failure: NodeJS.ErrnoException | undefined

  constructor(stdout: Stream = process.stdout, stderr: Stream = process.stderr) {
    this.#stdout = stdout
    this.#stderr = stderr
    // A disk may be full, or `head` may close the pipe. The command then finishes its work without writing more.
    stdout.on('error', (error) => (this.#failure ??= error))
    stderr.on('error', () => {})
  }

  /** Whether standard output is a terminal. */
  get isTerminal(): boolean {
    return this.#stdout.isTTY === true
  }

  /** Writes a result and a line break. */
  result(text: string): void {
    const parts = text.split(styles)
    this.write(`${parts.map((part) => (styles.test(part) ? part : printableLines(part))).join('')}\n`)
  }

  /** Writes a result as JSON: indented on a terminal, one line in a pipe. */
  json(value: unknown): void {
    this.result(JSON.stringify(value, undefined, this.isTerminal ? 2 : undefined))
  }

  /** Writes a part of a result unchanged. */
  write(part: string | Uint8Array): void {
    if (this.#failure === undefined) this.#stdout.write(part)
  }

  /**
   * Waits until every result is written. Resolves to why standard output failed, or to undefined if it did not. A reader that
   * closed its pipe is no failure.
   */
  async failure(): Promise<Error | undefined> {
    if (this.#stdout.writableLength > 0)
      await new Promise<void>((resolve) => this.#stdout.write('', () => resolve()))
    // A stream reports its error after the write.
    await setImmediate()
    return this.#failure?.code === 'EPIPE' ? undefined : this.#failure
  }

  /** Writes a message for a person to standard error. */
  message(text: string): void {
    this.#print(printableLines(text))
  }

  /** Warns of something that should be fixed. Writes the same warning once only. */
  warning(text: string): void {
    if (this.#warnings.has(text)) return
    this.#warnings.add(text)
    this.#print(`${this.#styledError('yellow', 'Warning:')} ${printableLines(text)}`)
  }

  error(text: string): void {
    this.#print(`${this.#styledError('red', 'pd-oauth:')} ${printableLines(text)}`)
  }

  /** Returns text for a result, coloured if colours are on. */
  styled(format: Format, text: string): string {
    return styleText(format, text, { stream: this.#stdout })
  }

  #print(text: string): void {
    this.#stderr.write(`${text}\n`)
  }

  #styledError(format: Format, text: string): string {
    return styleText(format, text, { stream: this.#stderr })
  }
}
