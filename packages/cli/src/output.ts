import { styleText } from 'node:util'

type Format = Parameters<typeof styleText>[0]

/**
 * What a command says: results to standard output, everything else to standard error. Colours show on terminals only,
 * and as NO_COLOR and FORCE_COLOR have it.
 */
export class Output {
  readonly #stdout: NodeJS.WriteStream
  readonly #stderr: NodeJS.WriteStream
  readonly #warnings = new Set<string>()
  #isClosed = false

  constructor(stdout: NodeJS.WriteStream = process.stdout, stderr: NodeJS.WriteStream = process.stderr) {
    this.#stdout = stdout
    this.#stderr = stderr
    // Whoever reads may stop reading, as `head` does. What was begun is finished all the same.
    stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      this.#isClosed = true
    })
    stderr.on('error', () => {})
  }

  /** Whether results are shown to a person. */
  get isTerminal(): boolean {
    return this.#stdout.isTTY === true
  }

  /** How wide the terminal is, in columns; 80 where there is none. */
  get columns(): number {
    return this.#stdout.columns ?? 80
  }

  /** A result, and a line break after it. */
  result(text: string): void {
    this.write(`${text}\n`)
  }

  /** A result in JSON: indented on a terminal, one line in a pipe. */
  json(value: unknown): void {
    this.result(JSON.stringify(value, undefined, this.isTerminal ? 2 : undefined))
  }

  /** A part of a result, as it is. */
  write(part: string | Uint8Array): void {
    if (!this.#isClosed) this.#stdout.write(part)
  }

  /** What a person may want to know meanwhile. */
  message(text: string): void {
    this.#stderr.write(`${text}\n`)
  }

  /** Something that should be put right. The same is said once. */
  warning(text: string): void {
    if (this.#warnings.has(text)) return
    this.#warnings.add(text)
    this.message(`${this.#styledError('yellow', 'Warning:')} ${text}`)
  }

  error(text: string): void {
    this.message(`${this.#styledError('red', 'pd-oauth:')} ${text}`)
  }

  /** Text of a result in a colour, where colours show. */
  styled(format: Format, text: string): string {
    return styleText(format, text, { stream: this.#stdout })
  }

  #styledError(format: Format, text: string): string {
    return styleText(format, text, { stream: this.#stderr })
  }
}
