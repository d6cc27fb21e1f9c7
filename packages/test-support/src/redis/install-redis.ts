import { spawnSync } from 'node:child_process'
import { aptInstall } from '../apt-install.ts'

/**
 * Installs Redis if it is missing, once per test run.
 * @throws {Error} if it cannot be installed, because the tests need it
 */
export function setup(): void {
  if (isInstalled()) return
  aptInstall('redis-server redis-tools', missing)
  if (!isInstalled()) throw new Error(missing)
}

const missing =
  'The tests need a real Redis. redis-server is not installed, and apt-get could not install it ' +
  '(as root, or through sudo without a password). Install Redis 6.2 or newer, or Valkey with its redis-server ' +
  'command, and run again.'

function isInstalled(): boolean {
  return ['redis-server', 'redis-cli'].every((command) => spawnSync(command, ['--version']).status === 0)
}
