import { spawnSync } from 'node:child_process'
import { aptInstall } from './apt-install.ts'

/**
 * Installs promtool if it is missing, once per test run.
 * @throws {Error} if it cannot be installed, because the tests of the alerts need it
 */
export function setup(): void {
  if (isInstalled()) return
  aptInstall('prometheus', missing)
  if (!isInstalled()) throw new Error(missing)
}

const missing =
  'The tests of the alerts need promtool, which comes with Prometheus. It is not installed, and apt-get could not install ' +
  'it (as root, or through sudo without a password). Install Prometheus 2.42 or newer, and run again.'

function isInstalled(): boolean {
  return spawnSync('promtool', ['--version']).status === 0
}
