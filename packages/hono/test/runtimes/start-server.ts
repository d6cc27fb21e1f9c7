import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { tmpdir } from 'node:os'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { ServerEnvironment } from './client.ts'

/** The runtimes that serve sockets, and how each is told to run a program from source. */
export const commands = {
  node: (program: string) => [process.execPath, program],
  bun: (program: string) => [executable('bun'), 'run', '--no-install', program],
  deno: (program: string) => [
    executable('deno'),
    'run',
    '--no-config',
    '--no-lock',
    '--no-remote',
    '--node-modules-dir=manual',
    '--allow-net=127.0.0.1',
    '--allow-env',
    '--allow-read',
    program,
  ],
}

const longestStartMs = 40_000

export type ServingRuntime = keyof typeof commands

export interface RunningServer extends AsyncDisposable {
  readonly origin: string
}

/** Serves the app in a process of that runtime. Rejects with all that it said, when it does not come to listen. */
export async function startServer(
  runtime: ServingRuntime,
  environment: ServerEnvironment,
): Promise<RunningServer> {
  const program = fileURLToPath(new URL(`./serve-${runtime}.ts`, import.meta.url))
  const [command, ...args] = commands[runtime](program) as [string, ...string[]]
  const server = spawn(command, args, {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: {
      PATH: process.env['PATH'],
      HOME: tmpdir(),
      NO_COLOR: '1',
      DENO_NO_UPDATE_CHECK: '1',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what npm installs as a runtime may be a script that starts the runtime.
    detached: true,
  })
  const ended = new Promise<void>((resolve) => void server.once('close', () => resolve()))
  const end = () => void process.kill(-server.pid!, 'SIGKILL')
  process.once('exit', end)
  server.once('close', () => process.off('exit', end))
  try {
    const port = await portOf(server, runtime)
    return {
      origin: `http://127.0.0.1:${port}`,
      async [Symbol.asyncDispose]() {
        end()
        await ended
      },
    }
  } catch (error) {
    if (server.pid !== undefined && server.exitCode === null) end()
    throw error
  }
}

/** The port that a server says it listens on. */
function portOf(server: ChildProcessByStdio<null, Readable, Readable>, runtime: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = ''
    const fail = (how: string, cause?: unknown) => {
      clearTimeout(limit)
      reject(new Error(`${runtime} ${how}:\n${said}`, { cause }))
    }
    const limit = setTimeout(() => fail('does not come to listen'), longestStartMs)
    const hear = (text: string) => {
      said += text
      const port = /^listening (\d+)$/m.exec(said)?.[1]
      if (port === undefined) return
      clearTimeout(limit)
      resolve(Number(port))
    }
    server.stdout.setEncoding('utf8').on('data', hear)
    server.stderr.setEncoding('utf8').on('data', hear)
    server.once('error', (cause) => fail('cannot be started', cause))
    server.once('close', (code) => fail(`ended with ${code} before it listened`))
  })
}

function executable(name: string): string {
  return fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url))
}
