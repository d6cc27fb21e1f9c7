import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const core = fileURLToPath(new URL('../..', import.meta.url))
const program = fileURLToPath(new URL('deleted-files-program.ts', import.meta.url))

/** Runs the program over a copy of the sources, and returns what it printed. */
async function run(when: 'early' | 'late' | 'never') {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'deleted-files-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  symlinkSync(join(core, 'node_modules'), join(folder, 'node_modules'), 'junction')
  cpSync(join(core, 'src'), join(folder, 'src'), { recursive: true })
  const { stdout } = await promisify(execFile)(process.execPath, [program, join(folder, 'src'), when], {
    timeout: 60_000,
  })
  return JSON.parse(stdout)
}

/** What a process needs without being asked: it is loaded at the beginning. */
const needed = ['refresh', 'accessToken', 'fetch', 'describe', 'readSession', 'handleUninstall', 'uninstall']

test('F89 a process whose files are deleted refreshes, disconnects and takes notices, and names what it cannot load', async () => {
  const { loadedParts, outcomes, lines } = await run('early')
  expect(loadedParts).toBe(0)
  const { api, ...rest } = outcomes
  const failed = Object.keys(rest).filter((name) => !needed.includes(name))
  expect(failed).toHaveLength(11)
  expect(rest).toEqual({
    ...Object.fromEntries(needed.map((name) => [name, 'ok'])),
    ...Object.fromEntries(failed.map((name) => [name, 'code_missing'])),
  })
  // `ofetch` is another package, whose files are still there.
  expect(api).toBe('ok')
  expect(lines.join('\n')).toMatch(
    /GET \/pipedrive\/install was answered with 500 \(code_missing.*Restart the process/,
  )
})

test('F89 a process that has run for a while has loaded everything, so that deleting its files changes nothing', async () => {
  const { loadedParts, outcomes } = await run('late')
  expect(loadedParts).toBe(8)
  const others = Object.keys(outcomes).map((name) => [name, 'ok'])
  expect(outcomes).toEqual({ ...Object.fromEntries(others), answer: 'store_unavailable' })
})

test('a client that is going to load the rest keeps no process alive', async () => {
  expect(await run('never')).toEqual({ isPlanned: true, hasFired: false })
})
