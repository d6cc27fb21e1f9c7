import { readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { createScene } from './command-line.ts'
import { openTerminal } from './terminal.ts'

const escape = '\u001B['

test('a terminal shows colours, unless NO_COLOR is set', async () => {
  const scene = await createScene()
  await scene.connect()
  const coloured = openTerminal(scene, ['status'])
  expect(await coloured.ended).toBe(0)
  expect(coloured.raw()).toContain(`${escape}32mactive`)
  const plain = openTerminal(scene, ['status'], { env: { NO_COLOR: '1' } })
  expect(await plain.ended).toBe(0)
  expect(plain.raw()).not.toContain(`${escape}3`)
  expect(plain.shown()).toContain('active')
})

test('token shows the token and nothing else', async () => {
  const scene = await createScene()
  await scene.connect()
  const terminal = openTerminal(scene, ['token'], { columns: 2_000 })
  expect(await terminal.ended).toBe(0)
  expect(scene.fake.serverAccepts(terminal.raw().trim())).toBe(true)
})

test.each([
  ['y', 0, 0],
  ['n', 8, 1],
  ['', 8, 1],
])('uninstall asks for confirmation and obeys the answer %j', async (answer, code, left) => {
  const scene = await createScene()
  await scene.connect()
  const terminal = openTerminal(scene, ['uninstall'])
  await terminal.sees('Uninstall 1001:11? Its user will have to connect again. [y/N]')
  terminal.type(`${answer}\r`)
  expect(await terminal.ended).toBe(code)
  expect(scene.fake.installations().length).toBe(left)
})

test('Ctrl-C at a question changes nothing', async () => {
  const scene = await createScene()
  await scene.connect()
  const terminal = openTerminal(scene, ['uninstall'])
  await terminal.sees('[y/N]')
  terminal.type('\u0003')
  expect(await terminal.ended).toBe(130)
  expect(scene.fake.installations().length).toBe(1)
})

test('login --no-browser shows the address, takes the pasted callback address and connects', async () => {
  const scene = await createScene()
  const terminal = openTerminal(scene, ['login', '--no-browser'], { columns: 1_000 })
  await terminal.sees(/^ {2}http\S+$/m)
  const [, address = ''] = /^ {2}(http\S+)$/m.exec(terminal.shown()) ?? []
  terminal.type(`${await scene.fake.approve(address)}\r`)
  expect(await terminal.ended).toBe(0)
  expect(terminal.shown()).toContain('Connected 1001:11')
})

test('login asks for the client secret without showing it, and --save saves it with the client id', async () => {
  const scene = await createScene()
  const args = ['login', '--no-browser', '--client-secret-file', '-', '--save']
  const terminal = openTerminal(scene, args, { columns: 1_000, env: { PIPEDRIVE_CLIENT_SECRET: '' } })
  await terminal.sees('Client secret:')
  terminal.type(`${scene.fake.app.clientSecret}\r`)
  await terminal.sees(/^ {2}http\S+$/m)
  const [, address = ''] = /^ {2}(http\S+)$/m.exec(terminal.shown()) ?? []
  terminal.type(`${await scene.fake.approve(address)}\r`)
  expect(await terminal.ended).toBe(0)
  expect(terminal.raw()).not.toContain(scene.fake.app.clientSecret)
  expect(JSON.parse(readFileSync(scene.configFile, 'utf8'))).toMatchObject({
    clientId: scene.fake.app.clientId,
    clientSecret: scene.fake.app.clientSecret,
  })
  expect(statSync(scene.configFile).mode & 0o777).toBe(0o600)
})

test('a second Ctrl-C ends a command at once while Pipedrive does not answer', async () => {
  const scene = await createScene()
  await scene.connect()
  const asked = Promise.withResolvers<void>()
  const silent = createServer(() => asked.resolve())
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  onTestFinished(() => {
    silent.closeAllConnections()
    silent.close()
  })
  const { port } = silent.address() as { port: number }
  const env = { PD_OAUTH_OAUTH_ORIGIN: `http://127.0.0.1:${port}` }
  const terminal = openTerminal(scene, ['refresh'], { env })
  await asked.promise
  terminal.type('\u0003')
  await terminal.sees('Press Ctrl-C again to stop at once')
  terminal.type('\u0003')
  expect(await terminal.ended).toBe(130)
  // Nothing was half-written, so the stored token still works.
  expect(scene.fake.serverAccepts((await scene.run(['token'])).stdout.trim())).toBe(true)
})

test('rotate-secrets shows a progress bar in a terminal', async () => {
  const scene = await createScene()
  for (const user of ['1001:11', '1001:12', '1002:13']) await scene.connect(user)
  await scene.run(['secret', '--add'])
  const terminal = openTerminal(scene, ['rotate-secrets'])
  expect(await terminal.ended).toBe(0)
  expect(terminal.shown()).toMatch(/\d+% \| \d of 3/)
  expect(terminal.shown()).toContain('3 sealed with the newest secret')
})

test('doctor prints its lines in a narrow terminal', async () => {
  const scene = await createScene()
  const terminal = openTerminal(scene, ['doctor'], { columns: 60 })
  expect(await terminal.ended).toBe(0)
  expect(terminal.raw()).toContain(`${escape}32m✓`)
  expect(terminal.shown()).toContain('node')
})
