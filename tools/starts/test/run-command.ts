import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished, vi } from 'vitest'

/** The environment of a terminal, without any setting of the application, and without the network. */
const terminal = {
  PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
  HOME: process.env['HOME'],
  npm_config_offline: 'true',
  npm_config_update_notifier: 'false',
  NEXT_TELEMETRY_DISABLED: '1',
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
}

/** Runs a command until it ends. Resolves to what it printed, and rejects with that if it fails. */
export async function runCommand(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd, env: { ...terminal, ...env } })
  return stdout
}

/**
 * Starts a command, which ends with the test together with all processes that it starts. Resolves when `address` answers.
 * @throws {Error} with what the command printed, if it ends before that, or after two minutes
 */
export async function startCommand(
  command: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
  address: string,
): Promise<void> {
  const child = spawn('sh', ['-c', command], {
    cwd,
    env: { ...terminal, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const ended = once(child, 'close')
  onTestFinished(async () => {
    endGroup(child.pid!)
    await ended
  })
  const isDecided = async () => child.exitCode !== null || (await answers(address))
  await vi.waitUntil(isDecided, { timeout: 120_000 }).catch(() => {})
  if (child.exitCode !== null || !(await answers(address)))
    throw new Error(`${command} does not serve ${address}:\n${printed}`)
}

/** Ends a process and all that it has started, also if it has ended itself. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function answers(address: string): Promise<boolean> {
  try {
    await fetch(address, { redirect: 'manual' })
    return true
  } catch {
    return false
  }
}
