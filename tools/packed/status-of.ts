import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/**
 * Starts a program of Node that serves on `PORT`, and ends it once it has answered. Returns the status of the answer.
 * @throws {Error} if the program ends before it answers, or has not answered after `limitMs` (default: 30 000)
 */
export async function statusOf(
  path: string,
  args: readonly string[],
  {
    cwd,
    env = {},
    limitMs = 30_000,
  }: {
    readonly cwd: string
    readonly env?: Readonly<Record<string, string>> | undefined
    readonly limitMs?: number | undefined
  },
): Promise<number> {
  const port = await freePort()
  const address = `http://127.0.0.1:${port}${path}`
  const program = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
    // For a program that does not end by SIGTERM.
    timeout: 2 * limitMs,
    killSignal: 'SIGKILL',
  })
  // Listened to from the start: a program that dies early is closed before anybody asks.
  const closed = once(program, 'close')
  const signal = AbortSignal.timeout(limitMs)
  try {
    while (!signal.aborted) {
      if (program.exitCode !== null || program.signalCode !== null)
        throw new Error(`The program ended with ${program.exitCode ?? program.signalCode} and served nothing`)
      const response = await fetch(address, { signal }).catch(() => undefined)
      if (response) return response.status
      await Promise.race([setTimeout(100), closed])
    }
    throw new Error(`The program has not answered at ${address} after ${limitMs} ms`)
  } finally {
    program.kill()
    await closed
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
