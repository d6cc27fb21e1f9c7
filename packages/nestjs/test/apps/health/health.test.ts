import { memoryStore, PipedriveOAuth, type TokenStore } from '@pd/oauth-core'
import { expect, test } from 'vitest'
import { PipedriveHealthIndicator } from '../../../src/index.ts'
import { connect } from '../../connect.ts'
import { createWorld, startApp, type RunningApp } from '../../start-app.ts'
import { healthModule } from './app.module.ts'

async function health({ browser }: RunningApp) {
  const response = await browser.data('/health')
  const { details } = await response.json()
  return { status: response.status, pipedrive: details.pipedrive }
}

test('it is up while the store answers, and says how many installations it looked at', async () => {
  await using world = await createWorld()
  await using running = await startApp(healthModule(world.options))
  expect(await health(running)).toEqual({
    status: 200,
    pipedrive: { status: 'up', latencyMs: expect.any(Number), looked: 0, lost: 0 },
  })
  for (const user of ['1001:11', '1001:12', '1002:13']) await connect(world.fake, running.browser, { user })
  expect((await health(running)).pipedrive).toMatchObject({ status: 'up', looked: 3, lost: 0 })
})

test('it is down when too many users would have to connect again', async () => {
  await using world = await createWorld()
  await using running = await startApp(healthModule(world.options))
  const users = ['1001:11', '1001:12', '1002:13'] as const
  for (const user of users) await connect(world.fake, running.browser, { user })
  const oauth = running.app.get(PipedriveOAuth)
  const lose = async (user: (typeof users)[number]) => {
    await world.fake.uninstall(user)
    await expect(oauth.installation(user).refresh()).rejects.toMatchObject({
      code: 'reauthorization_required',
    })
  }
  await lose('1001:11')
  expect(await health(running)).toMatchObject({
    status: 503,
    pipedrive: { status: 'down', looked: 3, lost: 1 },
  })
})

test('it is up with exactly as many lost installations as it may have, and down with one more', async () => {
  await using world = await createWorld()
  await using running = await startApp(healthModule(world.options))
  for (const user of ['1001:11', '1001:12']) await connect(world.fake, running.browser, { user })
  await world.fake.uninstall('1001:11')
  const refused = running.app.get(PipedriveOAuth).installation('1001:11').refresh()
  await expect(refused).rejects.toMatchObject({ code: 'reauthorization_required' })
  const indicator = running.app.get(PipedriveHealthIndicator)
  const status = async (maxLost: number) => (await indicator.isHealthy('pipedrive', { maxLost })).pipedrive
  expect(await status(0.5)).toMatchObject({ status: 'up', looked: 2, lost: 1 })
  expect(await status(0.49)).toMatchObject({ status: 'down', looked: 2, lost: 1 })
})

test('it counts a record that cannot be read as lost', async () => {
  await using world = await createWorld()
  const store = memoryStore()
  await using running = await startApp(healthModule({ ...world.options, store }))
  for (const user of ['1001:11', '1001:12']) await connect(world.fake, running.browser, { user })
  const record = await store.get('1001:11')
  await store.compareAndSet('1001:11', record?.version, { ...record!, version: 'damaged', value: 'damaged' })
  const indicator = running.app.get(PipedriveHealthIndicator)
  expect(await indicator.isHealthy('pipedrive', { maxLost: 0.4 })).toMatchObject({
    pipedrive: { status: 'down', looked: 2, lost: 1 },
  })
})

test('it looks at no more installations than it was told to', async () => {
  await using world = await createWorld()
  await using running = await startApp(healthModule(world.options))
  for (const { id, companyId } of world.fake.users)
    await connect(world.fake, running.browser, { user: `${companyId}:${id}` })
  expect(world.fake.installations().length).toBeGreaterThan(4)
  expect((await health(running)).pipedrive).toMatchObject({ status: 'up', looked: 4 })
})

test('F34 it is down when the store does not answer, and says so without a secret', async () => {
  await using world = await createWorld()
  const store: TokenStore = {
    ...memoryStore(),
    get: async () => {
      throw new Error('connect ECONNREFUSED redis://user:password@10.0.0.7:6379')
    },
  }
  await using running = await startApp(healthModule({ ...world.options, store }))
  const { status, pipedrive } = await health(running)
  expect([status, pipedrive.status]).toEqual([503, 'down'])
  expect(JSON.stringify(pipedrive)).not.toContain('password')
})

test('a store that cannot list is up while it answers', async () => {
  await using world = await createWorld()
  const { get, compareAndSet } = memoryStore()
  await using running = await startApp(healthModule({ ...world.options, store: { get, compareAndSet } }))
  expect(await health(running)).toMatchObject({ status: 200, pipedrive: { status: 'up' } })
})

test('unusable options are refused, all at once', async () => {
  await using world = await createWorld()
  await using running = await startApp(healthModule(world.options))
  const indicator = running.app.get(PipedriveHealthIndicator)
  await expect(
    indicator.isHealthy('pipedrive', { maxLost: 2, sample: 0.5, timeoutMs: -1 }),
  ).rejects.toMatchObject({
    problems: [
      expect.stringMatching(/^maxLost/),
      expect.stringMatching(/^sample/),
      expect.stringMatching(/^timeoutMs/),
    ],
  })
})

test('it judges by what it has seen when its time is over', async () => {
  await using world = await createWorld()
  await using running = await startApp(healthModule(world.options))
  for (const user of ['1001:11', '1001:12']) await connect(world.fake, running.browser, { user })
  const indicator = running.app.get(PipedriveHealthIndicator)
  expect(await indicator.isHealthy('pipedrive', { timeoutMs: 0 })).toMatchObject({
    pipedrive: { status: 'up', looked: 1 },
  })
})
