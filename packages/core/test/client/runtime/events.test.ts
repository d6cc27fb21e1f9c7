import { expect, test } from 'vitest'
import { memoryStore, type OAuthEvent } from '../../../src/index.ts'
import { ada, createScene, failure, hour, minute, second, silence, stopped } from '../../flow/scene.ts'

/** Picks what the tests below compare. */
function told(events: readonly OAuthEvent[], ...types: OAuthEvent['type'][]) {
  return events.filter(({ type }) => types.includes(type))
}

test('F76 every event of an installation carries the reference that authorize() was given', async () => {
  const { client, clock, fake, heard } = createScene()
  const oauth = client()
  const { url, attempt } = await oauth.authorize({ reference: 'tenant-7' })
  await oauth.callback(await fake.approve(url), attempt)
  await clock.advance(2 * hour)
  await oauth.installation(ada).fetch('/api/v2/deals?term=private')
  await oauth.installation(ada).uninstall()
  expect(heard.map(({ type, reference }) => [type, reference])).toEqual(
    ['consent_started', 'installed', 'refresh_started', 'refreshed', 'api_response', 'uninstalled'].map(
      (type) => [type, 'tenant-7'],
    ),
  )
})

test('F76 an event of an installation without a reference has none', async () => {
  const { client, connect, heard } = createScene()
  await connect(client())
  expect(told(heard, 'installed')).toHaveLength(1)
  for (const event of heard) expect(event).not.toHaveProperty('reference')
})

test('F76 a consent that fails says why, how long it took, and whose it was', async () => {
  const { client, clock, fake, heard } = createScene()
  const oauth = client()
  const { url, attempt } = await oauth.authorize({ reference: 'tenant-7' })
  const callback = await fake.approve(url)
  await clock.advance(3 * second)
  fake.faults.add({
    endpoint: 'token',
    fault: { type: 'status', status: 400, body: { error: 'invalid_grant' } },
  })
  expect(await failure(oauth.callback(callback, attempt))).toBe('code_refused')
  expect(await failure(oauth.callback(callback, 'damaged'))).toBe('state_mismatch')
  expect(told(heard, 'consent_failed')).toMatchObject([
    {
      code: 'code_refused',
      reference: 'tenant-7',
      durationMs: 3 * second,
      cause: expect.stringContaining('Pipedrive answered 400 invalid_grant'),
    },
    { code: 'state_mismatch' },
  ])
})

test('F76 every refresh that started has one outcome, with the time it took', async () => {
  const { client, clock, connect, fake, heard } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ endpoint: 'token' })
  const asked = oauth.installation(ada).accessToken()
  await gate.reached
  await clock.advance(2 * second)
  gate.release()
  await asked
  expect(told(heard, 'refresh_started', 'refreshed')).toMatchObject([
    { type: 'refresh_started' },
    { type: 'refreshed', durationMs: 2 * second },
  ])
})

test('F76 a refresh whose outcome comes too late ends with refresh_discarded', async () => {
  const { client, clock, connect, fake, heard } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ endpoint: 'token' })
  const asked = failure(oauth.installation(ada).accessToken())
  await gate.reached
  await oauth.installation(ada).forget()
  gate.release()
  expect(await asked).toBe('not_installed')
  expect(told(heard, 'refresh_discarded')).toMatchObject([{ outcome: 'refreshed', durationMs: 0 }])
})

test('F76 who waits for another process says how long, and who takes a lease over says so', async () => {
  const { client, clock, connect, heard } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  const dying = client({ fetch: silence, clock: stopped(clock) })
  void dying.installation(ada).accessToken()
  await clock.advance(0)
  const asked = oauth.installation(ada).accessToken()
  await clock.advance(minute)
  await asked
  const [waited] = told(heard, 'waited')
  expect(told(heard, 'waited')).toHaveLength(1)
  expect(waited?.durationMs).toBeGreaterThanOrEqual(30 * second)
  expect(told(heard, 'lease_taken_over')).toMatchObject([{ installationId: ada }])
})

test('F76 a store that fails is told by operation, with the network’s own error', async () => {
  const store = memoryStore()
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })
  const broken = { ...store, get: () => Promise.reject(new Error('Query failed', { cause: refused })) }
  const { client, heard } = createScene()
  const oauth = client({ store: broken })
  expect(await failure(oauth.installation(ada).accessToken())).toBe('store_unavailable')
  expect(told(heard, 'store_failed')).toMatchObject([
    {
      operation: 'get',
      code: 'store_unavailable',
      installationId: ada,
      durationMs: 0,
      cause: 'connect ECONNREFUSED 127.0.0.1:5432',
    },
  ])
})
