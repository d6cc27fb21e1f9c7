import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const folder = fileURLToPath(new URL('sample', import.meta.url))

/** Runs a sample with failures, and returns the last line printed. */
function lastLine(...args: string[]): string {
  const { stdout } = spawnSync('vitest', ['run', '--config', 'vitest.config.ts', ...args], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  const line = stdout.trimEnd().split('\n').at(-1) ?? ''
  expect(readFileSync(`${folder}/artifacts/test-totals.txt`, 'utf8')).toBe(`${line}\n`)
  return line
}

test('the last line counts what passed, failed and was skipped', () => {
  expect(lastLine('sample.ts')).toBe('2 passed, 1 failed, 1 skipped')
})

test('tests with other names are not skipped', () => {
  expect(lastLine('sample.ts', '-t', 'passes')).toBe('2 passed, 0 failed, 0 skipped')
})

test('a file that cannot be loaded is a failure', () => {
  expect(lastLine('broken.ts')).toBe('0 passed, 1 failed, 0 skipped')
})
