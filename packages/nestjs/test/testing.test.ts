import 'reflect-metadata'
import { Controller, Get, Module, UseGuards } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { createFakePipedrive } from '@pd/fake-pipedrive'
import { memoryStore, PipedriveOAuth, type Installation } from '@pd/oauth-core'
import { expect, test, vi } from 'vitest'
import { CurrentInstallation, InstallationGuard } from '../src/index.ts'
import { PipedriveRoutes } from '../src/pipedrive-routes.ts'
import { guardAs, PipedriveTesting, PipedriveTestingModule, testInstallation } from '../src/testing/index.ts'

@Controller('deals')
@UseGuards(InstallationGuard)
class DealsController {
  @Get()
  async findAll(@CurrentInstallation() installation: Installation) {
    const { data } = await installation.api<{ data: unknown[] }>('/api/v2/deals')
    return { id: installation.id, deals: data.length }
  }
}

test('F85 the module of a test connects a user, whose session the guard accepts', async () => {
  const module = await Test.createTestingModule({
    imports: [PipedriveTestingModule.forRoot()],
    controllers: [DealsController],
  }).compile()
  const app = module.createNestApplication()
  await app.listen(0, '127.0.0.1')
  const deals = `${await app.getUrl()}/deals`
  expect((await fetch(deals)).status).toBe(401)
  const testing = module.get(PipedriveTesting)
  const { installation, cookie } = await testing.connect(testing.fake.users[1])
  const { companyId, id } = testing.fake.users[1]!
  expect(installation.id).toBe(`${companyId}:${id}`)
  const answer = await fetch(deals, { headers: { cookie } })
  expect(await answer.json()).toEqual({ id: installation.id, deals: expect.any(Number) })
  // Names and values alone, as a browser sends them.
  expect(cookie).toMatch(/^[^=; ]+=[^; ]*(; [^=; ]+=[^; ]*)*$/)
  expect(cookie).not.toMatch(/path|httponly|samesite|max-age/i)
  expect(testing.fake.tokenRequests()).toHaveLength(1)
  await app.close()
})

test.each(['/oauth', '/callback', '/callback/', '/', '/a/b/callback', '/oauth/return/'])(
  'F85 a user connects where the callback is at %s',
  async (path) => {
    const fake = createFakePipedrive({ redirectUri: `http://localhost:3000${path}` })
    const module = await Test.createTestingModule({
      imports: [PipedriveTestingModule.forRoot({ fake })],
    }).compile()
    const { installation, cookie } = await module.get(PipedriveTesting).connect()
    expect(await installation.describe()).toMatchObject({ status: 'active' })
    expect(cookie).toContain('pd_session_')
    await module.close()
  },
)

test('a module that imports nothing injects what connects users, and the client', async () => {
  const injected = vi.fn(() => 'made')
  @Module({
    providers: [{ provide: 'feature', inject: [PipedriveTesting, PipedriveOAuth], useFactory: injected }],
  })
  class FeatureModule {}
  const module = await Test.createTestingModule({
    imports: [PipedriveTestingModule.forRoot(), FeatureModule],
  }).compile()
  expect(injected).toHaveBeenCalledExactlyOnceWith(
    module.get(PipedriveTesting, { strict: false }),
    module.get(PipedriveOAuth, { strict: false }),
  )
  await module.close()
})

test('options of a test replace those of the fake', async () => {
  const fake = createFakePipedrive()
  const store = memoryStore()
  const path = '/elsewhere'
  const module = await Test.createTestingModule({
    imports: [PipedriveTestingModule.forRoot({ fake, store, path })],
  }).compile()
  await module.get(PipedriveTesting).connect()
  expect((await store.list({ limit: 10 })).ids).toEqual(['1001:11'])
  expect(module.get(PipedriveTesting).fake).toBe(fake)
  expect(module.get(PipedriveRoutes, { strict: false }).paths).toContain('/elsewhere/install')
  await module.close()
})

test('a user who cannot connect is an error with the status of the answer', async () => {
  const module = await Test.createTestingModule({
    imports: [PipedriveTestingModule.forRoot({ logger: false })],
  }).compile()
  const testing = module.get(PipedriveTesting)
  testing.fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 503 }, times: 10 })
  await expect(testing.connect()).rejects.toThrow('The callback was answered with 503')
  await module.close()
})

test('F85 a handler is called without a guard, with an installation of its own', async () => {
  const fake = createFakePipedrive()
  const installation = await testInstallation({ fake, user: fake.users[1] })
  const { companyId, id } = fake.users[1]!
  expect(await new DealsController().findAll(installation)).toMatchObject({ id: `${companyId}:${id}` })
})

test('F85 a guard for tests lets every request pass as one installation', async () => {
  const installation = await testInstallation()
  const module = await Test.createTestingModule({
    imports: [PipedriveTestingModule.forRoot()],
    controllers: [DealsController],
  })
    .overrideGuard(InstallationGuard)
    .useValue(guardAs(installation))
    .compile()
  const app = module.createNestApplication()
  await app.listen(0, '127.0.0.1')
  expect(await (await fetch(`${await app.getUrl()}/deals`)).json()).toMatchObject({ id: installation.id })
  await app.close()
})
