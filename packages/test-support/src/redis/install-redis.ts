import { execFileSync, spawnSync } from 'node:child_process'

/**
 * Makes sure, once per test run, that there is a Redis to test against.
 * @throws {Error} where there is none and none can be installed: nothing here is tested without one
 */
export function setup(): void {
  if (isInstalled()) return
  const [command, ...args] = isRoot() ? ['sh'] : ['sudo', '-n', 'sh']
  console.log('redis-server is missing: installing it with apt-get')
  try {
    execFileSync(command as string, [...args, '-c', installation], { stdio: ['ignore', 'ignore', 'inherit'] })
  } catch (cause) {
    throw new Error(missing, { cause })
  }
  if (!isInstalled()) throw new Error(missing)
}

// The package would start a server of its own, on the usual port.
const installation = `
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get update -q && apt-get install -y -q --no-install-recommends redis-server redis-tools
`

const missing =
  'Tests run against a real Redis, and redis-server is neither installed nor could it be ' +
  'installed with apt-get (as root, or through sudo without a password). Install Redis 6.2 or newer, or Valkey ' +
  'with its redis-server command, and run them again.'

function isInstalled(): boolean {
  return ['redis-server', 'redis-cli'].every((command) => spawnSync(command, ['--version']).status === 0)
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
