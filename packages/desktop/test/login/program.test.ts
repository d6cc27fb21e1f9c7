import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { allowing, browserThat } from '@pd/test-support/browser-that'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startDesktop, visit } from './desktop.ts'
import { startProgram } from './program/start-program.ts'

const isLinux = process.platform === 'linux'

if (!isLinux)
  test('programs at a terminal could not be tried: `script` and `BROWSER` are of Linux', () => {
    console.warn('NOT TESTED on this system: the login of a program at a terminal, and its browser.')
    expect(process.env['CI']).toBeUndefined()
  })

describe.runIf(isLinux)('on Linux, a program', () => {
  test('opens the system’s browser, logs in, and ends by itself', async () => {
    const desktop = await startDesktop()
    const program = startProgram(desktop, {}, { terminal: false, environment: browserThat(allowing) })
    expect(await program.ended).toEqual({ code: 0, shown: 'logged in: 1001:11\n', errors: '' })
  })

  test('F77 opens the browser with arguments that tell nobody the state', async () => {
    const desktop = await startDesktop()
    const seen = join(mkdtempSync(join(tmpdir(), 'seen-')), 'arguments')
    onTestFinished(() => rmSync(dirname(seen), { recursive: true }))
    const listing = `
const { readdirSync, writeFileSync } = require('node:fs')
const pids = readdirSync('/proc').filter((name) => /^\\d+$/.test(name))
const commands = pids.map((pid) => { try { return readFileSync('/proc/' + pid + '/cmdline', 'utf8') } catch { return '' } })
writeFileSync('${seen}', JSON.stringify({ commands, state: new URL(consent).searchParams.get('state') }))
`
    const script = allowing.replace('fetch(', `${listing}\nfetch(`)
    const program = startProgram(desktop, {}, { terminal: false, environment: browserThat(script) })
    expect(await program.ended).toMatchObject({ code: 0, shown: 'logged in: 1001:11\n' })
    const { commands, state } = JSON.parse(readFileSync(seen, 'utf8')) as {
      commands: string[]
      state: string
    }
    expect(state).toMatch(/^\S{20,}$/)
    expect(commands.filter((command) => /pipedrive-login-\d+\.html/.test(command))).not.toEqual([])
    expect(
      commands.filter((command) => command.includes(state) || command.includes('/oauth/authorize')),
    ).toEqual([])
  })

  test('without a browser and without anybody to ask says so', async () => {
    const desktop = await startDesktop()
    const environment = browserThat('process.exitCode = 1')
    const program = startProgram(desktop, {}, { terminal: false, environment })
    expect(await program.ended).toMatchObject({ code: 0, shown: 'failed: browser_unavailable\n' })
  })

  test('at a terminal shows the address and takes what is pasted, after a slip, too', async () => {
    const desktop = await startDesktop()
    const environment = browserThat('process.exitCode = 1')
    const program = startProgram(desktop, {}, { terminal: true, environment })
    const [address] = await program.shows(/http:\S+authorize\S+/)
    await program.shows(/paste the address that it ends up at: $/)
    program.type('something else entirely\n')
    await program.shows(/Once more: $/)
    program.type(`${await desktop.fake.approve(address)}\n`)
    await program.shows(/logged in: 1001:11/)
    expect((await program.ended).code).toBe(0)
  })

  test('at a terminal ends as soon as the browser is back, though nothing was pasted', async () => {
    const desktop = await startDesktop()
    const program = startProgram(desktop, { open: false }, { terminal: true })
    const [address] = await program.shows(/http:\S+authorize\S+/)
    await program.shows(/ends up at: $/)
    await visit(await desktop.fake.approve(address))
    await program.shows(/logged in: 1001:11/)
    expect((await program.ended).code).toBe(0)
  })

  test('at a terminal can be ended with Ctrl-C', async () => {
    const desktop = await startDesktop()
    const program = startProgram(desktop, { open: false }, { terminal: true })
    await program.shows(/ends up at: $/)
    program.type('\x03')
    expect((await program.ended).code).toBe(130)
  })

  test('at a terminal whose input ends goes on waiting for the browser', async () => {
    const desktop = await startDesktop()
    const program = startProgram(desktop, { open: false }, { terminal: true })
    const [address] = await program.shows(/http:\S+authorize\S+/)
    await program.shows(/ends up at: $/)
    program.type('\x04')
    await visit(await desktop.fake.approve(address))
    await program.shows(/logged in: 1001:11/)
    expect((await program.ended).code).toBe(0)
  })
})
