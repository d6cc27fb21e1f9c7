import { expect, test } from 'vitest'
import { activeState } from '../client/records/active-state.ts'
import { sealerOf } from '../client/settings.ts'
import { ada, createScene, day, failure, sealingSecret } from './scene.ts'

/** A store with a record that the next version wrote in a format of its own, and one in today's. */
async function createMixedScene() {
  const scene = createScene()
  const oauth = scene.client()
  await scene.connect(oauth, ada)
  await scene.connect(oauth, '1001:12')
  const today = (await scene.store.get(ada))!
  const planted = {
    ...today,
    version: 'next-version',
    value: await sealerOf([sealingSecret], 'records').seal(ada, {
      format: 2,
      ...activeState(scene.clock.now()),
      somethingNew: { deep: 1 },
    }),
  }
  await scene.store.compareAndSet(ada, today.version, planted)
  return { ...scene, oauth: scene.client(), planted }
}

test('a record in the next format is left as it is by everything but a new consent', async () => {
  const { oauth, store, fake, planted } = await createMixedScene()
  const installation = oauth.installation(ada)
  expect(await failure(installation.accessToken())).toBe('unreadable_record')
  expect(await failure(installation.describe())).toBe('unreadable_record')
  expect(await failure(oauth.adopt(tokens, { account: { companyId: 1001, userId: 11 } }))).toBe(
    'unreadable_record',
  )
  const notice = { client_id: fake.app.clientId, company_id: 1001, user_id: 11 }
  const authorization = `Basic ${btoa(`${fake.app.clientId}:${fake.app.clientSecret}`)}`
  const request = new Request(fake.app.redirectUri, {
    method: 'DELETE',
    headers: { authorization },
    body: JSON.stringify(notice),
  })
  expect(await failure(oauth.handleUninstall(request))).toBe('unreadable_record')
  expect((await oauth.reseal()).failures).toEqual([{ id: ada, code: 'unreadable_record' }])
  expect(await store.get(ada)).toEqual(planted)
})

test('keepAlive() passes a record in the next format by, and refreshes the others', async () => {
  const { oauth, store, clock, planted } = await createMixedScene()
  await clock.advance(50 * day)
  const report = await oauth.keepAlive()
  expect(report).toMatchObject({ refreshed: 1, failed: 1 })
  expect(await store.get(ada)).toEqual(planted)
})

test('a user who connects again replaces a record in the next format', async () => {
  const { oauth, connect } = await createMixedScene()
  await connect(oauth, ada)
  expect(await oauth.installation(ada).accessToken()).toMatch(/\w/)
})

test('a field that today does not know is no obstacle to reading a record', async () => {
  const { oauth, store, clock, client } = await createMixedScene()
  const today = (await store.get(ada))!
  const value = await sealerOf([sealingSecret], 'records').seal(ada, {
    format: 1,
    ...activeState(clock.now()),
    somethingNew: 1,
  })
  await store.compareAndSet(ada, today.version, { ...today, version: 'with-a-new-field', value })
  expect(await client().installation(ada).describe()).toMatchObject({ status: 'active' })
  expect((await store.get(ada))?.version).toBe('with-a-new-field')
  expect(await oauth.reseal()).toMatchObject({ failed: 0, current: 2 })
})

const tokens = {
  access_token: 'a',
  refresh_token: 'r',
  token_type: 'Bearer',
  expires_in: 3_600,
  api_domain: 'https://acme.pipedrive.com',
}
