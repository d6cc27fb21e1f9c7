import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { untilPrinted } from '@pd/test-support/until-printed'

const next = createRequire(import.meta.url).resolve('next/dist/bin/next')
const folder = fileURLToPath(new URL('..', import.meta.url))
const environment = { PATH: process.env['PATH'], NEXT_TELEMETRY_DISABLED: '1' }

/** Builds the application as a build server does: without any setting of the application. Resolves to what Next printed. */
export async function build(): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [next, 'build'], {
    cwd: folder,
    env: { ...environment, NODE_ENV: 'production' },
  })
  return stdout + stderr
}

/** The built application, as a process. */
export class NextServer {
  readonly #process: ChildProcess
  readonly #errors: Buffer[] = []

  private constructor(process: ChildProcess) {
    this.#process = process
    process.stderr?.on('data', (chunk: Buffer) => this.#errors.push(chunk))
  }

  static async start(port: number, settings: Readonly<Record<string, string>>): Promise<NextServer> {
    const child = spawn(
      process.execPath,
      [next, 'start', '--port', String(port), '--hostname', '127.0.0.1'],
      {
        cwd: folder,
        env: { ...environment, NODE_ENV: 'production', ...settings },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    const server = new NextServer(child)
    await untilPrinted(child.stdout, /Ready in/)
    return server
  }

  /** What it has logged as errors and warnings. */
  get errors(): string {
    return Buffer.concat(this.#errors).toString()
  }

  /** Asks it to end. Resolves when it has. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill(signal)
    await ended
  }
}
