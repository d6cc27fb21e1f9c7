import { buffer } from 'node:stream/consumers'
import { createInterface } from 'node:readline/promises'
import { addAbortSignal, Writable, type Readable } from 'node:stream'
import { CliError } from './cli-error.ts'
import { ExitCode } from './exit-code.ts'
import { decodeText } from './files/decode-text.ts'
import { printableLines } from './show/printable.ts'

/** How long an input may be, in bytes, and what to say of a longer one. */
export interface Limit {
  readonly most: number
  readonly tooLong: string
}

/** Standard input: a terminal, a pipe or a file. */
type Source = Readable & { readonly isTTY?: boolean }

/** Input besides the arguments: from a person at a terminal, or from standard input. Questions go to standard error. */
export class Input {
  readonly #stdin: Source
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal, stdin: Source = process.stdin) {
    this.#stdin = stdin
    this.#signal = signal
  }

  /** Whether standard input is a terminal, so that a person can answer. */
  get isTerminal(): boolean {
    return this.#stdin.isTTY === true
  }

  /** Asks for a line and hides what is typed. Without a terminal it reads all of standard input. */
  async secret(question: string): Promise<string> {
    if (!this.isTerminal) return this.#all()
    const silence = new Writable({ write: (_chunk, _encoding, done) => done() })
    const answer = this.#line('', silence)
    // After the line above, because from then on the terminal hides what is typed.
    process.stderr.write(question)
    return answer.finally(() => process.stderr.write('\n'))
  }

  /**
   * Asks for a line. Without a terminal it reads all of standard input.
   * @throws {CliError} when standard input is longer than `limit`. Default: none.
   */
  line(question: string, limit?: Limit): Promise<string> {
    return this.isTerminal ? this.#line(question, process.stderr) : this.#all(limit)
  }

  /** Returns every byte of standard input. At a terminal the input ends with Ctrl-D. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await buffer(addAbortSignal(this.#signal, this.#stdin)))
  }

  /** Asks a question and resolves to whether the answer is yes. Anything else is no. */
  async confirms(question: string): Promise<boolean> {
    return /^\s*y(es)?\s*$/i.test(await this.#line(`${question} [y/N] `, process.stderr))
  }

  async #all(limit?: Limit): Promise<string> {
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of addAbortSignal(this.#signal, this.#stdin)) {
      bytes += chunk.length
      if (limit !== undefined && bytes > limit.most) throw new CliError(ExitCode.usage, limit.tooLong)
      chunks.push(chunk)
    }
    return decodeText(Buffer.concat(chunks))
  }

  async #line(question: string, output: NodeJS.WritableStream): Promise<string> {
    const terminal = createInterface({ input: this.#stdin, output, terminal: true })
    const over = new AbortController()
    const asked = AbortSignal.any([over.signal, this.#signal])
    // In raw mode Ctrl-C is a key, not a signal.
    terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
    terminal.on('close', () => over.abort())
    // The terminal was closed.
    terminal.on('error', () => over.abort())
    try {
      return await terminal.question(printableLines(question), { signal: asked })
    } catch (error) {
      this.#signal.throwIfAborted()
      if (over.signal.aborted) throw new CliError(ExitCode.usage, 'No answer was given.')
      throw error
    } finally {
      terminal.close()
    }
  }
}
