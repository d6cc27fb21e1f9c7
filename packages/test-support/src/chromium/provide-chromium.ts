import { spawnSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { aptInstall } from '../apt-install.ts'

/** One Chromium for a whole test run: the one that is there, or else Debian's, which is then installed. */
export function setup(project: TestProject): void {
  project.provide('chromium', installed() ?? install())
}

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

function installed(): string | undefined {
  const candidates = [process.env['CHROMIUM'] ?? '', ...names].filter((name) => name !== '')
  const found = candidates.map((name) => spawnSync('which', [name], { encoding: 'utf8' }))
  return found.find(({ status }) => status === 0)?.stdout.trim()
}

/** @throws {Error} where it cannot be installed: nothing here is tested without one */
function install(): string {
  aptInstall('chromium', missing)
  const path = installed()
  if (path === undefined) throw new Error(missing)
  return path
}

const missing =
  'Pages are tested in a real browser, and Chromium is neither installed nor could it be installed with apt-get ' +
  '(as root, or through sudo without a password). Install Chromium or Chrome, or name it in CHROMIUM, and run again.'
