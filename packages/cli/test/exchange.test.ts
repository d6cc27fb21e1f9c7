import { readdirSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createScene, type Scene } from './command-line.ts'

const attemptsOf = ({ home }: Scene) => readdirSync(join(home, 'state', 'pd-oauth', 'attempts'))
const codeIn = (callback: string) => new URL(callback).searchParams.get('code')!

test('url prints only the address, and only the owner can read its attempt', async () => {
  const scene = await createScene()
  const { code, stdout } = await scene.run(['url'])
  expect(code).toBe(0)
  const url = new URL(stdout.trim())
  expect(stdout).toBe(`${url.href}\n`)
  expect(url.pathname).toBe('/oauth/authorize')
  const [name = ''] = attemptsOf(scene)
  const folder = join(scene.home, 'state', 'pd-oauth', 'attempts')
  expect([statSync(join(folder, name)).mode & 0o777, statSync(folder).mode & 0o777]).toEqual([0o600, 0o700])
  expect(name).not.toContain(url.searchParams.get('state')!)
})

test('exchange takes the callback address and leaves no attempt behind', async () => {
  const scene = await createScene()
  const { fake, run } = scene
  const callback = await fake.approve((await run(['url'])).stdout.trim())
  const { code, stdout } = await run(['exchange', callback, '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ id: fake.installations()[0]!.id, status: 'active' })
  expect(attemptsOf(scene)).toEqual([])
  const again = await run(['exchange', callback])
  expect(again).toMatchObject({ code: 4, stdout: '' })
  expect(again.stderr).toContain('[state_mismatch]')
  expect(fake.tokenRequests()).toHaveLength(1)
})

test('exchange takes the code alone while only one attempt is waiting', async () => {
  const { fake, run } = await createScene()
  const callback = await fake.approve((await run(['url'])).stdout.trim())
  expect(await run(['exchange'], { input: `${codeIn(callback)}\n` })).toMatchObject({ code: 0 })
  expect(await run(['exchange', 'another-code'])).toMatchObject({ code: 4, stdout: '' })
})

test('F22 several waiting attempts do not disturb each other', async () => {
  const scene = await createScene()
  const { fake, run } = scene
  const [ada, grace] = fake.users
  const begun = await Promise.all([run(['url']), run(['url'])])
  const [one = '', other = ''] = await Promise.all(
    begun.map(({ stdout }, index) => fake.approve(stdout.trim(), { user: [ada, grace][index]!.email })),
  )
  const bare = await run(['exchange', codeIn(one)])
  expect(bare).toMatchObject({ code: 4, stdout: '' })
  expect(bare.stderr).toContain('Give the whole callback address')
  const ended = await Promise.all([run(['exchange', other]), run(['exchange', one])])
  expect(ended.map(({ code }) => code)).toEqual([0, 0])
  expect(fake.installations()).toHaveLength(2)
  expect(attemptsOf(scene)).toEqual([])
})

test('F22 exchange takes every form of a callback with a state while several attempts are waiting', async () => {
  const scene = await createScene()
  const { fake, run } = scene
  const forms: ((url: URL) => string)[] = [
    ({ href, protocol }) => href.slice(protocol.length + 2),
    ({ pathname, search }) => pathname + search,
    ({ search }) => search,
    ({ searchParams }) => `code=${searchParams.get('code')}&state=${searchParams.get('state')}`,
    ({ searchParams }) => `state=${searchParams.get('state')}&code=${searchParams.get('code')}`,
  ]
  const [, ...begun] = await Promise.all([undefined, ...forms].map(() => run(['url'])))
  for (const [index, form] of forms.entries()) {
    const callback = await fake.approve(begun[index]!.stdout.trim())
    expect(await run(['exchange', form(new URL(callback))])).toMatchObject({ code: 0 })
  }
  expect(attemptsOf(scene)).toHaveLength(1)
})

test('exchange takes a code that looks like an address', async () => {
  const { fake, run } = await createScene()
  await run(['url'])
  const { code, stderr } = await run(['exchange', 'v1u:abc'])
  expect([code, stderr]).toEqual([4, expect.stringContaining('[code_refused]')])
  expect(fake.tokenRequests()).toMatchObject([{ code: 'v1u:abc' }])
})

test('F23 two commands with the same callback exchange its code once', async () => {
  const { fake, run } = await createScene()
  const callback = await fake.approve((await run(['url'])).stdout.trim())
  const ended = await Promise.all([run(['exchange', callback]), run(['exchange', callback])])
  expect(ended.map(({ code }) => code).sort()).toEqual([0, 4])
  expect(fake.tokenRequests()).toHaveLength(1)
})

test('F24 a callback without an attempt on this machine is refused', async () => {
  const { fake, run } = await createScene()
  const callback = await fake.approve(fake.authorizeUrl({ state: 'planted' }))
  const { code, stderr } = await run(['exchange', callback])
  expect(code).toBe(4)
  expect(stderr).toContain('[state_mismatch]')
  expect(fake.tokenRequests()).toEqual([])
})

test('exchange says that the user cancelled', async () => {
  const scene = await createScene()
  const { fake, run } = scene
  const callback = fake.deny((await run(['url'])).stdout.trim())
  const { code, stderr } = await run(['exchange', callback])
  expect(code).toBe(4)
  expect(stderr).toContain('[access_denied]')
  expect(attemptsOf(scene)).toEqual([])
})

test('after an outage the same callback can be tried again', async () => {
  const { fake, run } = await createScene()
  const callback = await fake.approve((await run(['url'])).stdout.trim())
  fake.faults.add({ endpoint: 'token', times: 10, fault: { type: 'html' } })
  expect(await run(['exchange', callback])).toMatchObject({ code: 5, stdout: '' })
  fake.faults.clear()
  expect(await run(['exchange', callback])).toMatchObject({ code: 0 })
})

test('an attempt expires after 10 minutes, and its file is deleted', async () => {
  const scene = await createScene()
  const { fake, home, run } = scene
  const callback = await fake.approve((await run(['url'])).stdout.trim())
  const before = new Date(Date.now() - 10 * 60_000 - 1_000)
  for (const name of attemptsOf(scene))
    utimesSync(join(home, 'state', 'pd-oauth', 'attempts', name), before, before)
  expect(await run(['exchange', callback])).toMatchObject({ code: 4, stdout: '' })
  expect(attemptsOf(scene)).toEqual([])
})
