import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { openBrowser } from '../../src/login/open-browser.ts'
import { useBrowser } from './use-browser.ts'

const noting = `require('node:fs').writeFileSync(__dirname + '/opened', process.argv[2])`

// `program.test.ts` says so where it cannot be tried.
describe.runIf(process.platform === 'linux')('openBrowser()', () => {
  test('opens a page in a file', async () => {
    const folder = useBrowser(noting)
    const page = join(folder, 'a page.html')
    writeFileSync(page, '')
    await openBrowser(pathToFileURL(page).href)
    const opened = readFileSync(join(folder, 'opened'), 'utf8')
    expect([page, pathToFileURL(page).href]).toContain(opened)
  })

  test('opens an address', async () => {
    const folder = useBrowser(noting)
    await openBrowser('https://app.example.com/?a=1&b=2')
    expect(readFileSync(join(folder, 'opened'), 'utf8')).toBe('https://app.example.com/?a=1&b=2')
  })

  test('rejects if no browser can be launched', async () => {
    useBrowser('process.exitCode = 1')
    await expect(openBrowser('https://app.example.com')).rejects.toThrow(/ended with exit code \d+\.$/)
  })

  test('waits no longer than its signal says', async () => {
    useBrowser('setTimeout(() => {}, 30_000)')
    const over = new AbortController()
    const opening = openBrowser('https://app.example.com', over.signal)
    over.abort()
    await expect(opening).rejects.toThrow('aborted')
  })
})
