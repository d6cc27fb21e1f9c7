import 'reflect-metadata'
import {
  Controller,
  Inject,
  Injectable,
  Logger,
  Module,
  Scope,
  type Provider,
  type Type,
} from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { createFakePipedrive } from '@pd/fake-pipedrive'
import { PipedriveOAuth, type OAuthEvent } from '@pd/oauth-core'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { OnPipedriveEvent, PipedriveModule, type PipedriveEvent } from '../src/index.ts'
import { PipedriveEvents } from '../src/pipedrive-events.ts'
import { testOptions } from '../src/testing/test-options.ts'

const fake = createFakePipedrive()
const started: OAuthEvent = { type: 'consent_started', at: 1 }
const uninstalled = { type: 'uninstalled', installationId: '1001:11' } as unknown as OAuthEvent

/** What the handlers were told. */
const heard: string[] = []
beforeEach(() => void heard.splice(0))

@Injectable()
class Customers {
  readonly #name = 'customers'

  @OnPipedriveEvent('uninstalled', 'consent_started')
  hear({ type }: PipedriveEvent<'uninstalled' | 'consent_started'>): void {
    heard.push(`${this.#name}: ${type}`)
  }
}

/** Starts an application without a server, whose module has these providers. */
async function start(providers: Provider[], imports: Type[] = []) {
  const module = await Test.createTestingModule({
    imports: [PipedriveModule.forRoot(testOptions(fake)), ...imports],
    providers,
  }).compile()
  await module.init()
  onTestFinished(() => module.close())
  return module.get(PipedriveEvents, { strict: false })
}

test.each<[string, Provider]>([
  ['a class', Customers],
  ['a factory', { provide: 'customers', useFactory: () => new Customers() }],
  ['an asynchronous factory', { provide: 'customers', useFactory: async () => new Customers() }],
  ['a value', { provide: 'customers', useValue: new Customers() }],
])('a handler hears in a provider that is %s', async (_what, provider) => {
  const events = await start([provider])
  events.publish(uninstalled)
  await events.settled()
  expect(heard).toEqual(['customers: uninstalled'])
})

test.each<[string, Provider]>([
  ['an alias', { provide: 'customers', useExisting: Customers }],
  ['a factory', { provide: 'customers', inject: [Customers], useFactory: (own: Customers) => own }],
])('a handler hears an event once, also where its provider has a second name by %s', async (_how, second) => {
  const events = await start([second, Customers])
  events.publish(uninstalled)
  await events.settled()
  expect(heard).toEqual(['customers: uninstalled'])
})

test('a handler that names client ids alone hears every event of theirs', async () => {
  @Injectable()
  class Audit {
    @OnPipedriveEvent({ clientIds: [fake.app.clientId] })
    hear({ type }: PipedriveEvent): void {
      heard.push(type)
    }
  }
  const events = await start([Audit])
  events.publish(started)
  events.publish(uninstalled)
  await events.settled()
  expect(heard).toEqual(['consent_started', 'uninstalled'])
})

test('what happens before the application is ready is heard once it is, in order, once', async () => {
  const module = await Test.createTestingModule({
    imports: [PipedriveModule.forRoot(testOptions(fake))],
    providers: [Customers],
  }).compile()
  onTestFinished(() => module.close())
  const events = module.get(PipedriveEvents, { strict: false })
  events.publish(started)
  events.publish(uninstalled)
  await events.settled()
  expect(heard).toEqual([])
  await module.init()
  await events.settled()
  expect(heard).toEqual(['customers: consent_started', 'customers: uninstalled'])
})

test('of two apps an alias in a module without one asks for no choice: its provider has chosen', async () => {
  const crm = PipedriveModule.forRoot(testOptions(fake))
  const sales = PipedriveModule.forRoot({ ...testOptions(fake), clientId: 'sales' })
  @Module({ imports: [crm], providers: [Customers], exports: [Customers] })
  class CrmModule {}
  @Module({ imports: [CrmModule], providers: [{ provide: 'customers', useExisting: Customers }] })
  class OtherModule {}
  const module = await Test.createTestingModule({ imports: [CrmModule, OtherModule, sales] }).compile()
  await module.init()
  onTestFinished(() => module.close())
  for (const events of module.get(PipedriveEvents, { strict: false, each: true })) events.publish(uninstalled)
  expect(heard).toEqual(['customers: uninstalled'])
})

test.each([
  ['undefined', undefined],
  ['null', null],
  ['a text', 'text'],
  ['a function', () => 'done'],
  ['a class', Customers],
  ['an object without a prototype', Object.create(null)],
])('a provider that is %s hears nothing and stops nothing', async (_what, value) => {
  const events = await start([{ provide: 'value', useFactory: () => value }, Customers])
  events.publish(started)
  await events.settled()
  expect(heard).toEqual(['customers: consent_started'])
})

test('a client that the team makes itself is no app that a handler would have to choose', async () => {
  const own = new PipedriveOAuth({ ...testOptions(fake), clientId: 'another' })
  @Module({ providers: [{ provide: PipedriveOAuth, useValue: own }] })
  class OwnClientModule {}
  @Module({ providers: [Customers] })
  class FeatureModule {}
  const events = await start([], [OwnClientModule, FeatureModule])
  events.publish(uninstalled)
  await events.settled()
  expect(heard).toEqual(['customers: uninstalled'])
})

test.each([
  [
    'an error, with its stack',
    new Error('the mail server is down'),
    /^Error: the mail server is down\n +at /,
  ],
  ['an error without a stack', Object.assign(new Error('no mail'), { stack: undefined }), /^no mail$/],
  ['a text', 'no mail today', /^no mail today$/],
])('what a handler throws is logged: %s', async (_what, thrown, why) => {
  const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {})
  onTestFinished(() => error.mockRestore())
  @Injectable()
  class Clumsy {
    @OnPipedriveEvent()
    fail(): void {
      throw thrown
    }
  }
  const events = await start([Clumsy])
  events.publish(started)
  events.publish(uninstalled)
  await events.settled()
  expect(error.mock.calls).toEqual([
    ['Clumsy.fail failed on the event consent_started', expect.stringMatching(why)],
    ['Clumsy.fail failed on the event uninstalled of 1001:11', expect.stringMatching(why)],
  ])
})

test.each([
  ['each request', Scope.REQUEST],
  ['each class that injects it', Scope.TRANSIENT],
])('nothing starts with a handler in a class that is made for %s', async (_what, scope) => {
  @Injectable({ scope })
  class Short {
    @OnPipedriveEvent('uninstalled')
    leave(): void {}
  }
  await expect(start([Short])).rejects.toMatchObject({
    problems: [
      expect.stringMatching(
        /^Short\.leave has @OnPipedriveEvent\(\), so its class must not be request-scoped or transient/,
      ),
    ],
  })
})

test('nothing starts with a handler in a class or controller that needs what is made for each request', async () => {
  @Injectable({ scope: Scope.REQUEST })
  class OfRequest {}
  @Controller()
  class Short {
    constructor(@Inject(OfRequest) readonly of: OfRequest) {}

    @OnPipedriveEvent('uninstalled')
    leave(): void {}
  }
  @Module({ controllers: [Short], providers: [OfRequest] })
  class ShortModule {}
  await expect(start([], [ShortModule])).rejects.toThrow(/Short\.leave .* must not be request-scoped/)
  await expect(start([Short, OfRequest])).rejects.toThrow(/Short\.leave .* must not be request-scoped/)
})
