import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { login } from '../../src/index.ts'
import { handedOver, startDesktop, visit } from './desktop.ts'

/** The folders in which pages may be written. */
let home: string
let temporary: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'home-'))
  temporary = mkdtempSync(join(tmpdir(), 'temporary-'))
  vi.stubEnv('HOME', home)
  vi.stubEnv('TMPDIR', temporary)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    for (const folder of [home, temporary]) rmSync(folder, { recursive: true, force: true })
  })
})

/** Every file of both folders. */
const written = () =>
  [home, temporary].flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  )

async function startLogin() {
  const desktop = await startDesktop()
  const browser = handedOver()
  const pages: string[] = []
  const open: typeof browser.open = (page, context) => {
    pages.push(fileURLToPath(page))
    browser.open(page, context)
  }
  const running = login(desktop.oauth, { open })
  const address = await browser.address
  return { ...desktop, running, address, page: pages[0]! }
}

const pathsOf = (port: number) => [join(home, `pipedrive-login-${port}.html`)]

describe.runIf(process.platform === 'linux')('on Linux, the page that redirects to the consent page', () => {
  test('F77 can be read by its owner only, leads to the consent page, and is gone when the login ends', async () => {
    const { address, fake, page, port, running } = await startLogin()
    expect([page]).toEqual(pathsOf(port))
    expect(statSync(page).mode & 0o777).toBe(0o600)
    const [, refresh = ''] =
      /http-equiv="refresh" content="0; url=([^"]+)"/.exec(readFileSync(page, 'utf8')) ?? []
    expect(refresh.replaceAll('&#38;', '&')).toBe(address)
    await visit(await fake.approve(address))
    await running
    expect(written()).toEqual([])
  })

  test.each(['the user cancels', 'it is aborted'])('F77 is gone when %s', async (how) => {
    const { oauth, fake } = await startDesktop()
    const browser = handedOver()
    const giveUp = new AbortController()
    const outcome = login(oauth, { open: browser.open, signal: giveUp.signal }).catch(
      (error: unknown) => error,
    )
    const address = await browser.address
    if (how === 'it is aborted') giveUp.abort(new Error('enough'))
    else await visit(fake.deny(address))
    expect(await outcome).toBeInstanceOf(Error)
    expect(written()).toEqual([])
  })

  test('F77 takes the place of one that a killed login left behind', async () => {
    const { oauth, fake, port } = await startDesktop()
    const left = pathsOf(port)[0]!
    writeFileSync(left, 'an old page', { mode: 0o644 })
    const browser = handedOver()
    const running = login(oauth, { open: browser.open })
    const address = await browser.address
    expect(statSync(left).mode & 0o777).toBe(0o600)
    expect(readFileSync(left, 'utf8')).not.toContain('an old page')
    await visit(await fake.approve(address))
    await running
  })

  /** Only root can give a folder away. Others name one that they do not own. */
  const belongsToAnother = () =>
    process.getuid?.() === 0 ? chownSync(home, 65_534, 65_534) : void vi.stubEnv('HOME', '/usr')
  const homeIs = (folder: string) => () => void vi.stubEnv('HOME', folder)
  test.each([
    ['others may write into the home folder', () => chmodSync(home, 0o777)],
    ['the home folder is somebody else’s', belongsToAnother],
    ['there is no home folder', () => rmSync(home, { recursive: true })],
    // No user can write there, not even root.
    ['the home folder cannot be written to', homeIs('/proc/self')],
    ['the home folder is a file', homeIs('/proc/self/status')],
    ['the home folder is no absolute path', homeIs('home')],
    ['the home folder is too long', homeIs(`/${'long/'.repeat(2_000)}`)],
  ])('F77 is in a temporary folder of its own if %s', async (_, prepare) => {
    prepare()
    const { address, fake, page, running } = await startLogin()
    expect(page.startsWith(temporary)).toBe(true)
    expect([statSync(page).mode & 0o777, statSync(join(page, '..')).mode & 0o777]).toEqual([0o600, 0o700])
    await visit(await fake.approve(address))
    await running
    expect([existsSync(page), readdirSync(temporary)]).toEqual([false, []])
  })

  test('F77 is in a temporary folder of its own if its place in the home folder is taken', async () => {
    const { oauth, fake, port } = await startDesktop()
    const taken = pathsOf(port)[0]!
    mkdirSync(taken)
    const browser = handedOver()
    const running = login(oauth, { open: browser.open })
    await visit(await fake.approve(await browser.address))
    await running
    expect([existsSync(taken), readdirSync(temporary)]).toEqual([true, []])
  })

  test('F77 leaves no folder behind if it can be written nowhere', async () => {
    vi.stubEnv('HOME', '/proc/self')
    // The longest path has 4 095 bytes: that of a folder in this one fits, that of the page in it does not.
    const deep = (temporary + `/${'d'.repeat(200)}`.repeat(21)).slice(0, 4_060)
    mkdirSync(deep, { recursive: true })
    vi.stubEnv('TMPDIR', deep)
    const { oauth } = await startDesktop()
    await expect(login(oauth, { open: () => {}, paste: false })).rejects.toMatchObject({
      code: 'browser_unavailable',
      cause: { code: 'ENAMETOOLONG' },
    })
    expect(readdirSync(deep)).toEqual([])
  })
})
