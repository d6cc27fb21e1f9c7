import { NestFactory } from '@nestjs/core'
import { describe, expect, test } from 'vitest'
import { connect } from '../../connect.ts'
import { createWorld, platforms, startApp } from '../../start-app.ts'
import { ambiguous, byBoth, byOption, identifying, requestScoped, transient } from './app.module.ts'

const ways: [how: string, module: typeof identifying][] = [
  ['a provider of the application', identifying],
  ['the option identify', byOption],
]

describe.each(platforms)('on %s', (platform) => {
  test.each(ways)(
    '%s says whose a request is; the session cookie then says nothing',
    async (_how, module) => {
      await using world = await createWorld()
      await using running = await startApp(module(world.options), { platform })
      const { browser } = running
      await connect(world.fake, browser)
      const as = (key: string) => browser.send('/deals', { headers: { 'x-api-key': key } })

      const known = await as('key-of-ada')
      expect([known.status, (await known.json()).id]).toEqual([200, '1001:11'])
      expect((await browser.data('/deals')).status).toBe(401)
      expect((await as('another-key')).status).toBe(401)
    },
  )

  test.each(ways)('%s also says whom a disconnect is about', async (_how, module) => {
    await using world = await createWorld()
    await using running = await startApp(module(world.options), { platform })
    await connect(world.fake, running.browser)
    const disconnect = (headers: Record<string, string>) =>
      running.browser.send('/pipedrive/disconnect', {
        method: 'POST',
        headers: { 'sec-fetch-site': 'same-origin', ...headers },
      })
    expect((await disconnect({})).status).toBe(401)
    expect(world.fake.installations().length).toBe(1)
    expect((await disconnect({ 'x-api-key': 'key-of-ada' })).status).toBe(204)
    expect(world.fake.installations()).toEqual([])
  })
})

test.each([
  ['two of them', ambiguous, /provided once, not in AccountsModule and SecondModule/],
  ['one and the option identify', byBoth, /identify must not be given both .* in AccountsModule/],
  ['one that is made for each request', requestScoped, /RequestScopedModule, must not be request-scoped/],
  [
    'one that is made for each class that injects it',
    transient,
    /TransientModule, must not be request-scoped or transient/,
  ],
])('nothing starts with %s', async (_, module, message) => {
  await using world = await createWorld()
  await expect(startApp(module(world.options))).rejects.toThrow(message)
})

test('a worker without HTTP does not start with two of them either', async () => {
  await using world = await createWorld()
  const starting = NestFactory.createApplicationContext(ambiguous(world.options), {
    logger: false,
    abortOnError: false,
  })
  await expect(starting).rejects.toThrow(/provided once, not in AccountsModule and SecondModule/)
})
