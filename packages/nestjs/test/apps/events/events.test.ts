import { Inject, Module, type OnModuleInit, type Type } from '@nestjs/common'
import { PipedriveOAuth, type OAuthEvent } from '@pd/oauth-core'
import { beforeEach, expect, test } from 'vitest'
import { connect } from '../../connect.ts'
import { createWorld, recordingLogger, startApp } from '../../start-app.ts'
import { clumsyModule, earlyModule, eventsModule, heard, perRequestModule } from './app.module.ts'

beforeEach(() => void heard.splice(0))

test('methods of providers and controllers hear the events they ask for, and onEvent still does', async () => {
  await using world = await createWorld()
  const told: OAuthEvent[] = []
  const options = { ...world.options, onEvent: (event: OAuthEvent) => void told.push(event) }
  await using running = await startApp(eventsModule(options))
  await connect(world.fake, running.browser)
  await running.app.get(PipedriveOAuth).installation('1001:11').uninstall()
  await expect.poll(() => heard.length).toBe(5)
  expect(heard.toSorted()).toEqual([
    'audit: consent_started',
    'audit: installed',
    'audit: uninstalled',
    'customers: 1001:11 uninstalled',
    'customers: Ada Lindqvist arrived for the first time',
  ])
  expect(told.map(({ type }) => type)).toEqual(['consent_started', 'installed', 'uninstalled'])
})

test('what a handler throws, at once or later, is logged, and the others are called', async () => {
  await using world = await createWorld()
  const { logger, of } = recordingLogger()
  await using running = await startApp(clumsyModule(world.options), { logger })
  await connect(world.fake, running.browser)
  await expect.poll(() => of('error').length).toBe(2)
  const errors = of('error').map(({ text }) => text)
  expect(errors.find((text) => text.includes('Clumsy.later'))).toMatch(
    /failed on the event installed of 1001:11.*the mail server is down/s,
  )
  expect(errors.find((text) => text.includes('Clumsy.atOnce'))).toContain('a typing mistake')
  expect(heard).toEqual(['customers: Ada Lindqvist arrived for the first time'])
})

test('events from before the handlers are found reach them', async () => {
  await using world = await createWorld()
  const early = (inner: Type) => {
    @Module({ imports: [inner] })
    class EarlyModule implements OnModuleInit {
      constructor(@Inject(PipedriveOAuth) private readonly oauth: PipedriveOAuth) {}

      async onModuleInit(): Promise<void> {
        const { url, attempt } = await this.oauth.authorize()
        await this.oauth.callback(await world.fake.approve(url), attempt)
      }
    }
    return EarlyModule
  }
  await using running = await startApp(earlyModule(world.options, early))
  await expect.poll(() => heard).toEqual(['customers: Ada Lindqvist arrived for the first time'])
  expect(running.origin).toContain('127.0.0.1')
})

test('nothing starts with a handler in a class that is made for each request', async () => {
  await using world = await createWorld()
  await expect(startApp(perRequestModule(world.options))).rejects.toThrow(/PerRequest.leave .*request-scoped/)
})
