import { Inject, Injectable, Module } from '@nestjs/common'
import { memoryStore, PipedriveOAuth } from '@pd/oauth-core'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { OnPipedriveEvent, PipedriveModule, type PipedriveEvent } from '../../../src/index.ts'
import { connect } from '../../connect.ts'
import { createWorld, startApp, type RunningApp } from '../../start-app.ts'

/** How many turns of the event loop an application needs at most to close, if it waits for nothing. */
const turnsToClose = 100

/** Returns whether the application is closed once its server is, and everything has run that does not wait. */
async function afterServerClosed({ origin }: RunningApp, closing: Promise<unknown>): Promise<string> {
  let state = 'still closing'
  void closing.then(() => (state = 'closed'))
  await expect.poll(() => fetch(origin).catch(() => 'refused')).toBe('refused')
  for (let turn = 0; turn < turnsToClose; turn += 1) await setImmediate()
  return state
}

test('F10 closing the application waits until a refresh in flight is saved', async () => {
  await using world = await createWorld()
  const store = memoryStore()
  const running = await startApp(PipedriveModule.forRoot({ ...world.options, store }))
  await connect(world.fake, running.browser, { expiresIn: 1 })
  const before = await store.get('1001:11')
  const gate = world.fake.faults.hold({ endpoint: 'token', grantType: 'refresh_token' })
  const token = running.app.get(PipedriveOAuth).installation('1001:11').accessToken()
  await gate.reached

  const stored = running.app.close().then(() => store.get('1001:11'))
  await expect(afterServerClosed(running, stored)).resolves.toBe('still closing')
  gate.release()
  expect((await stored)?.version).not.toBe(before?.version)
  expect(world.fake.serverAccepts(await token)).toBe(true)

  await using again = await startApp(PipedriveModule.forRoot({ ...world.options, store }))
  expect(await again.app.get(PipedriveOAuth).installation('1001:11').accessToken()).toBe(await token)
  expect(world.fake.tokenRequests({ grantType: 'refresh_token' }).length).toBe(1)
})

test('closing the application waits for the handlers of events', async () => {
  await using world = await createWorld()
  const mail = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  let isSent = false

  @Injectable()
  class Mails {
    @OnPipedriveEvent('installed')
    async welcome(): Promise<void> {
      begun.resolve()
      await mail.promise
      isSent = true
    }
  }
  @Module({ imports: [PipedriveModule.forRoot(world.options)], providers: [Mails] })
  class AppModule {}

  const running = await startApp(AppModule)
  await connect(world.fake, running.browser)
  await begun.promise
  const closed = running.app.close().then(() => isSent)
  await expect(afterServerClosed(running, closed)).resolves.toBe('still closing')
  mail.resolve()
  expect(await closed).toBe(true)
})

test('closing the application waits for a refresh that the handler of an event has begun', async () => {
  await using world = await createWorld()
  const store = memoryStore()
  const mail = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const asking = Promise.withResolvers<void>()

  @Injectable()
  class Refreshers {
    constructor(@Inject(PipedriveOAuth) private readonly oauth: PipedriveOAuth) {}

    @OnPipedriveEvent('installed')
    async refresh({ installationId }: PipedriveEvent<'installed'>): Promise<void> {
      begun.resolve()
      await mail.promise
      void this.oauth.installation(installationId).refresh()
      await asking.promise
    }
  }
  @Module({ imports: [PipedriveModule.forRoot({ ...world.options, store })], providers: [Refreshers] })
  class AppModule {}

  const running = await startApp(AppModule)
  await connect(world.fake, running.browser)
  await begun.promise
  const gate = world.fake.faults.hold({ endpoint: 'token', grantType: 'refresh_token' })
  const closed = running.app.close().then(() => store.get('1001:11'))
  mail.resolve()
  await gate.reached
  asking.resolve()
  const before = await store.get('1001:11')
  await expect(afterServerClosed(running, closed)).resolves.toBe('still closing')
  gate.release()
  expect((await closed)?.version).not.toBe(before?.version)
})
