import { expect, test } from 'vitest'
import { ada, createScene, failure, hour, second } from './scene.ts'

const token = { endpoint: 'token', grantType: 'refresh_token' } as const

test('F09 after a lost answer the same call tries again with the token it has', async () => {
  const { clock, client, connect, fake, happened, refreshes } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  fake.faults.dropAfterCommit(token)

  const asked = oauth.installation(ada).accessToken()
  await clock.advance(second)
  expect(fake.serverAccepts(await asked)).toBe(true)
  expect([refreshes(), happened()]).toEqual([2, ['installed', 'refreshed']])
})

test('F09 when every answer is lost, the record keeps the token it had, and the next try uses it', async () => {
  const { clock, client, connect, fake, refreshes } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  fake.faults.dropAfterCommit({ ...token, times: 2 })

  const asked = failure(oauth.installation(ada).accessToken())
  await clock.advance(second)
  expect(await asked).toBe('token_endpoint_unavailable')
  expect(await oauth.installation(ada).describe()).toMatchObject({ status: 'active', refreshes: 0 })
  await clock.advance(second)
  expect(fake.serverAccepts(await client().installation(ada).accessToken())).toBe(true)
  expect(refreshes()).toBe(3)
  expect(
    new Set(fake.tokenRequests({ grantType: 'refresh_token' }).map((call) => call.refreshToken)).size,
  ).toBe(1)
})

test('F09 after a time-out the outcome counts as unknown, and the connection is kept', async () => {
  const { clock, client, connect, fake } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  fake.faults.add({ ...token, fault: { type: 'slow', delayMs: 15 * second, when: 'after' }, times: 2 })

  const asked = failure(oauth.installation(ada).accessToken())
  await clock.advance(21 * second)
  expect(await asked).toBe('token_endpoint_timeout')
  expect((await oauth.installation(ada).describe())?.status).toBe('active')
  await clock.advance(2 * second)
  expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
})

test('F09 a request that never arrived loses nothing, also if refresh tokens rotate', async () => {
  const { clock, client, connect, fake } = createScene({ rotateRefreshTokens: true })
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  fake.faults.add({ ...token, fault: { type: 'hang' } })
  fake.faults.add({ ...token, fault: { type: 'reset' } })

  const asked = failure(oauth.installation(ada).accessToken())
  await clock.advance(11 * second)
  expect(await asked).toBe('token_endpoint_unavailable')
  await clock.advance(second)
  expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
})

test('F09 if the server rotated and its answer was lost, only a refusal ends the grant', async () => {
  const { clock, client, connect, fake, happened, refreshes } = createScene({ rotateRefreshTokens: true })
  const oauth = client({ policy: { requestsPerRefresh: 1 } })
  await connect(oauth)
  await clock.advance(2 * hour)
  fake.faults.dropAfterCommit(token)

  expect(await failure(oauth.installation(ada).accessToken())).toBe('token_endpoint_unavailable')
  expect((await oauth.installation(ada).describe())?.status).toBe('active')
  await clock.advance(second)
  expect(await failure(oauth.installation(ada).accessToken())).toBe('reauthorization_required')
  expect((await oauth.installation(ada).describe())?.status).toBe('reauthorization_required')
  expect(refreshes()).toBe(2)
  expect(happened()).toEqual(['installed', 'refresh_failed', 'reauthorization_required'])
})

test('F11 an answer without a refresh token leaves the old one in place', async () => {
  const { clock, client, connect, fake } = createScene()
  const oauth = client()
  await connect(oauth)
  fake.faults.add({ ...token, fault: { type: 'omit', fields: ['refresh_token'] }, times: 2 })
  for (let round = 0; round < 3; round++) {
    await clock.advance(2 * hour)
    expect(fake.serverAccepts(await client().installation(ada).accessToken())).toBe(true)
  }
})

test('F11 scopes and API domain that an answer omits stay as they were, an empty refresh token counts as none', async () => {
  const { clock, client, connect, fake } = createScene()
  const oauth = client()
  await connect(oauth)
  const before = await oauth.installation(ada).describe()
  await clock.advance(2 * hour)
  fake.faults.add({
    ...token,
    fault: [
      { type: 'override', fields: { refresh_token: '' } },
      { type: 'omit', fields: ['scope', 'api_domain'] },
    ],
  })

  await oauth.installation(ada).accessToken()
  const { scopes, apiDomain } = (await oauth.installation(ada).describe())!
  expect({ scopes, apiDomain }).toEqual({ scopes: before?.scopes, apiDomain: before?.apiDomain })
  await clock.advance(2 * hour)
  expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
})

test.each([[''], [' '], [','], [[]], [['']]])(
  'F11 an answer with the scope %j takes no scope away',
  async (scope) => {
    const { clock, client, connect, fake, happened } = createScene()
    const oauth = client()
    await connect(oauth)
    await clock.advance(2 * hour)
    fake.faults.add({ ...token, fault: { type: 'override', fields: { scope, api_domain: '' } } })
    await oauth.installation(ada).requireScopes(['base', 'deals:full'])
    expect(happened()).toEqual(['installed', 'refreshed'])
  },
)

test('F11 a first answer without a refresh token makes no installation', async () => {
  const { client, fake, store } = createScene()
  const oauth = client()
  fake.faults.add({ endpoint: 'token', fault: { type: 'omit', fields: ['refresh_token'] } })
  const { url, attempt } = await oauth.authorize()

  expect(await failure(oauth.callback(await fake.approve(url), attempt))).toBe('malformed_response')
  expect(await store.get(ada)).toBeUndefined()
})
