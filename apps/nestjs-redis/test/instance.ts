import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process of the application, as `pnpm start` runs it. */
export interface Instance extends AsyncDisposable {
  readonly origin: string
  /** What it has printed so far. */
  readonly output: () => string
  /** Asks it to end, as an orchestrator does. */
  stop(): Promise<void>
}

/** @throws {Error} with what it has printed, when it ends before it listens */
export async function startInstance(environment: Readonly<Record<string, string>>): Promise<Instance> {
  const child = spawn('node', ['--import', 'tsx', 'src/main.ts'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, NO_COLOR: '1', PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  const listening = Promise.withResolvers<string>()
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += String(chunk)
      const [, origin] = /Listening on (\S+)/.exec(output) ?? []
      if (origin !== undefined) listening.resolve(origin)
    })
  void exited.then(() => listening.reject(new Error(`It ended before it listened:\n${output}`)))
  const stop = async () => {
    child.kill('SIGTERM')
    await exited
  }
  const origin = await listening.promise
  return {
    origin,
    output: () => output,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
