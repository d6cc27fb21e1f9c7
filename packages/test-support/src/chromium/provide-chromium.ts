import { spawnSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { aptInstall } from '../apt-install.ts'

/**
 * Provides one Chromium for the whole test run: an installed one, or Debian's package, which it installs. Provides its headless
 * shell as well, if there is one: it draws the same pages in half the time.
 */
export function setup(project: TestProject): void {
  const chromium = installed(chromiums) ?? install()
  project.provide('chromium', chromium)
  project.provide('headlessShell', process.env['CHROMIUM'] ?? installed([shell]) ?? chromium)
}

const shell = 'chromium-headless-shell'
const chromiums = [
  process.env['CHROMIUM'] ?? '',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
]

function installed(names: readonly string[]): string | undefined {
  const candidates = names.filter((name) => name !== '')
  const found = candidates.map((name) => spawnSync('which', [name], { encoding: 'utf8' }))
  return found.find(({ status }) => status === 0)?.stdout.trim()
}

/** @throws {Error} if Chromium cannot be installed, because the tests need it */
function install(): string {
  aptInstall('chromium', missing)
  const path = installed(chromiums)
  if (path === undefined) throw new Error(missing)
  installShell()
  return path
}

/** Not every distribution has this package. The tests are the same without it. */
function installShell(): void {
  try {
    aptInstall(shell, `${shell} could not be installed. Chromium itself draws the pages, which takes longer.`)
  } catch (failure) {
    console.warn((failure as Error).message)
  }
}

const missing =
  'Pages are tested in a real browser. Chromium is not installed, and apt-get could not install it ' +
  '(as root, or through sudo without a password). Install Chromium or Chrome, or set CHROMIUM to its path, and run again.'
