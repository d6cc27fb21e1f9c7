import 'reflect-metadata'
import { Test } from '@nestjs/testing'
import { createFakePipedrive } from '@pd/fake-pipedrive'
import { memoryStore, PipedriveOAuth } from '@pd/oauth-core'
import { expect, test } from 'vitest'
import {
  CurrentInstallation,
  PIPEDRIVE_FETCH,
  PIPEDRIVE_STORE,
  PipedriveHealthIndicator,
  PipedriveKeepAlive,
  PipedriveModule,
} from '../src/index.ts'
import { appModule } from './apps/sync/app.module.ts'

const fake = createFakePipedrive()
const productive = {
  clientId: fake.app.clientId,
  clientSecret: fake.app.clientSecret,
  redirectUri: fake.app.redirectUri,
  secrets: ['only-for-tests-0123456789-0123456789'],
  store: memoryStore(),
}

test('a test puts its own store and fetch in place with a line each', async () => {
  const store = memoryStore()
  const module = await Test.createTestingModule({ imports: [appModule(productive)] })
    .overrideProvider(PIPEDRIVE_STORE)
    .useValue(store)
    .overrideProvider(PIPEDRIVE_FETCH)
    .useValue(fake.fetch)
    .compile()
  const oauth = module.get(PipedriveOAuth)
  const { url, attempt } = await oauth.authorize()
  const { installation } = await oauth.callback(await fake.approve(url), attempt)
  expect(await installation.api<object>('/api/v2/deals')).toMatchObject({ success: true })
  expect((await store.list({ limit: 10 })).ids).toEqual(['1001:11'])
  expect((await productive.store.list({ limit: 10 })).ids).toEqual([])
  await module.close()
})

test('the module exports what a team injects', async () => {
  const module = await Test.createTestingModule({ imports: [PipedriveModule.forRoot(productive)] }).compile()
  const injected = [PipedriveOAuth, PipedriveKeepAlive, PipedriveHealthIndicator].map((token) =>
    module.get(token, { strict: false }),
  )
  expect(injected.every((instance) => typeof instance === 'object')).toBe(true)
  await module.close()
})

test('@CurrentInstallation() without the guard is a mistake that names its handler', async () => {
  const { Controller, Get } = await import('@nestjs/common')
  @Controller('unguarded')
  class UnguardedController {
    @Get()
    find(@CurrentInstallation() installation: unknown): unknown {
      return installation
    }
  }
  const logged: string[] = []
  const module = await Test.createTestingModule({
    imports: [PipedriveModule.forRoot(productive)],
    controllers: [UnguardedController],
  }).compile()
  const app = module.createNestApplication()
  app.useLogger({
    log() {},
    warn() {},
    error: (...parts: unknown[]) => void logged.push(parts.map(String).join(' ')),
  })
  await app.listen(0, '127.0.0.1')
  expect((await fetch(`${await app.getUrl()}/unguarded`)).status).toBe(500)
  expect(logged.join()).toContain('UnguardedController.find needs InstallationGuard')
  await app.close()
})
