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

test('it is up while the store answers, and says how many installations need attention', async () => {
  await using world = await createWorld()
  await using running = await startApp(healthModule(world.options))
  expect(await health(running)).toEqual({
    status: 200,
    pipedrive: {
      status: 'up',
      latencyMs: expect.any(Number),
      unsaved: 0,
      overdue: 0,
      watch: 'idle',
      attention: 0,
      problems: [],
    },
  })
  for (const user of ['1001:11', '1001:12', '1002:13']) await connect(world.fake, running.browser, { user })
  expect((await health(running)).pipedrive).toMatchObject({ status: 'up', attention: 0 })
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
    pipedrive: { status: 'down', attention: 1, problems: [{ code: 'attention_needed' }] },
  })
})

test('it is up with exactly as many installations in need as it may have, and down with one more', async () => {
  await using world = await createWorld()
  await using running = await startApp(healthModule(world.options))
  for (const user of ['1001:11', '1001:12']) await connect(world.fake, running.browser, { user })
  await world.fake.uninstall('1001:11')
  const refused = running.app.get(PipedriveOAuth).installation('1001:11').refresh()
  await expect(refused).rejects.toMatchObject({ code: 'reauthorization_required' })
  const indicator = running.app.get(PipedriveHealthIndicator)
  const health = async (maxAttention: number) =>
    (await indicator.isHealthy('pipedrive', { maxAttention })).pipedrive
  expect(await health(0.5)).toMatchObject({ status: 'up', attention: 1 })
  expect(await health(0.49)).toMatchObject({ status: 'down', attention: 1 })
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
  expect(pipedrive.problems[0].found).toContain('connect ECONNREFUSED')
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
  await expect(indicator.isHealthy('pipedrive', { maxAttention: 2, timeoutMs: -1 })).rejects.toMatchObject({
    problems: [expect.stringMatching(/^timeoutMs/), expect.stringMatching(/^maxAttention/)],
  })
})
