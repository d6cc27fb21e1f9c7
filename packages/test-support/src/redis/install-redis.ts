import { spawnSync } from 'node:child_process'
import { aptInstall } from '../apt-install.ts'

/**
 * Makes sure, once per test run, that there is a Redis to test against.
 * @throws {Error} where there is none and none can be installed: nothing here is tested without one
 */
export function setup(): void {
  if (isInstalled()) return
  aptInstall('redis-server redis-tools', missing)
  if (!isInstalled()) throw new Error(missing)
}

const missing =
  'Tests run against a real Redis, and redis-server is neither installed nor could it be installed with apt-get ' +
  '(as root, or through sudo without a password). Install Redis 6.2 or newer, or Valkey with its redis-server ' +
  'command, and run them again.'

function isInstalled(): boolean {
  return ['redis-server', 'redis-cli'].every((command) => spawnSync(command, ['--version']).status === 0)
}
