import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

/** A program of this folder, as a process that serves. */
export class Program {
  readonly #child
  #output = ''

  constructor(path: string, environment: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [path], { env: { PATH: process.env['PATH'], ...environment } })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.on('data', (chunk: Buffer) => {
        this.#output += String(chunk)
      })
    onTestFinished(() => this.kill())
  }

  static async start(path: string, environment: Readonly<Record<string, string>> = {}): Promise<Program> {
    const program = new Program(path, environment)
    await program.#listening()
    return program
  }

  /** Everything it has said. */
  get output(): string {
    return this.#output
  }

  /** Resolves to its exit code. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close')
    return this.#child.exitCode
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended()
  }

  /** Asks it to end. Resolves to its exit code. */
  stop(): Promise<number | null> {
    this.#child.kill('SIGTERM')
    return this.ended()
  }

  async #listening(): Promise<void> {
    while (!this.#output.includes('Listening on port'))
      await Promise.race([
        once(this.#child.stdout, 'data'),
        once(this.#child, 'close').then(() => {
          throw new Error(`The program has ended: ${this.#output}`)
        }),
      ])
  }
}
