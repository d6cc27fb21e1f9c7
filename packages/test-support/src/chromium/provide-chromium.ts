import { spawnSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { aptInstall } from '../apt-install.ts'

/** Provides one Chromium for the whole test run: an installed one, or Debian's package, which it installs. */
export function setup(project: TestProject): void {
  project.provide('chromium', installed() ?? install())
}

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

function installed(): string | undefined {
  const candidates = [process.env['CHROMIUM'] ?? '', ...names].filter((name) => name !== '')
  const found = candidates.map((name) => spawnSync('which', [name], { encoding: 'utf8' }))
  return found.find(({ status }) => status === 0)?.stdout.trim()
}

/** @throws {Error} if Chromium cannot be installed, because the tests need it */
function install(): string {
  aptInstall('chromium', missing)
  const path = installed()
  if (path === undefined) throw new Error(missing)
  return path
}

const missing =
  'Pages are tested in a real browser. Chromium is not installed, and apt-get could not install it ' +
  '(as root, or through sudo without a password). Install Chromium or Chrome, or set CHROMIUM to its path, and run again.'
