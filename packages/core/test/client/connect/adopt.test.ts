import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { ada, createScene, day, failure, hour, minute, rejection, second } from '../../flow/scene.ts'
import { rejects, troubledStore } from '../../flow/troubled-store.ts'

const account = { companyId: 1001, userId: 11 }

/** A user who connected with an older system, and the token response that system kept. */
async function createOlderSystemScene(fakeOptions: Parameters<typeof createScene>[0] = {}) {
  const scene = createScene(fakeOptions)
  await scene.connect(scene.client({ store: memoryStore() }))
  const { refreshToken, accessTokens } = scene.fake.installations()[0]!
  const response = {
    access_token: accessTokens[0]!,
    token_type: 'Bearer',
    expires_in: 3599,
    refresh_token: refreshToken,
    scope: 'base,deals:full',
    api_domain: 'https://acme.pipedrive.com',
  }
  scene.fake.clearCalls()
  scene.events.length = 0
  return { ...scene, response, obtainedAt: scene.clock.now(), oauth: scene.client() }
}

describe('adopt()', () => {
  test('sends no request if the account is given, and serves the tokens as they are', async () => {
    const { events, fake, oauth, obtainedAt, response } = await createOlderSystemScene()
    const adopted = await oauth.adopt(response, { obtainedAt, account })
    expect(adopted).toMatchObject({ account, outcome: 'created', installation: { id: ada } })
    expect(fake.calls).toEqual([])
    expect(await oauth.installation(ada).accessToken()).toBe(response.access_token)
    expect(events).toMatchObject([
      { type: 'installed', installationId: ada, scopes: ['base', 'deals:full'], firstTime: true },
    ])
  })

  test('asks Pipedrive who the tokens belong to if no account is given', async () => {
    const { fake, oauth, obtainedAt, response } = await createOlderSystemScene()
    const adopted = await oauth.adopt(response, { obtainedAt })
    expect(adopted.account).toMatchObject({ ...account, companyDomain: 'acme', userName: 'Ada Lindqvist' })
    expect(fake.calls.map(({ path }) => path)).toEqual(['/api/v1/users/me'])
  })

  test('refreshes expired tokens before it asks who they belong to', async () => {
    const { clock, fake, oauth, obtainedAt, refreshes, response } = await createOlderSystemScene({
      rotateRefreshTokens: true,
    })
    await clock.advance(30 * day)
    expect((await oauth.adopt(response, { obtainedAt })).account).toMatchObject(account)
    expect(refreshes()).toBe(1)
    const token = await oauth.installation(ada).accessToken()
    expect([fake.serverAccepts(token), refreshes()]).toEqual([true, 1])
  })

  test('spends an expired token once for each process that adopts it at once, and never if nothing has to be asked', async () => {
    const { client, clock, fake, obtainedAt, refreshes, response } = await createOlderSystemScene()
    await clock.advance(2 * hour)
    const both = [client(), client()]
    await Promise.all(both.map((oauth) => oauth.adopt(response, { obtainedAt, account })))
    expect([refreshes(), fake.calls]).toEqual([0, []])
    await Promise.all(both.map((oauth) => oauth.adopt(response, { obtainedAt })))
    expect(refreshes()).toBe(2)
    await Promise.all(both.map((oauth) => oauth.adopt({ refreshToken: response.refresh_token }, { account })))
    expect(refreshes()).toBe(4)
    for (const oauth of both)
      expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
  })

  test.each([
    ['no obtainedAt', {}, false],
    ['no expires_in', { expires_in: undefined }, true],
    ['an instant as expires_in', { expires_in: 1_767_600_000 }, true],
    ['another unit as expires_in', { expires_in: 3_599_000 }, true],
    ['a word as expires_in', { expires_in: 'soon' }, true],
    ['a negative expires_in', { expires_in: -1 }, true],
  ])('F50 with %s, the access token counts as expired', async (_, fields, isDated) => {
    const { clock, fake, oauth, obtainedAt, refreshes, response } = await createOlderSystemScene()
    await clock.advance(2 * hour)
    await oauth.adopt({ ...response, ...fields }, { account, ...(isDated && { obtainedAt }) })
    expect(refreshes()).toBe(0)
    expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
    expect([refreshes(), fake.calls.length]).toEqual([1, 1])
  })

  test('F50 without obtainedAt, asks with the access token who it belongs to, and refreshes only if it is dead', async () => {
    const alive = await createOlderSystemScene()
    expect(await alive.oauth.adopt(alive.response)).toMatchObject({ outcome: 'created', account })
    expect(alive.refreshes()).toBe(0)

    const dead = await createOlderSystemScene()
    await dead.clock.advance(2 * hour)
    const adopting = dead.oauth.adopt(dead.response)
    await dead.clock.advance(second)
    expect(await adopting).toMatchObject({ outcome: 'created', account })
    expect(dead.refreshes()).toBe(1)
  })

  test('rejects a grant that has ended with reauthorization_required, and stores nothing', async () => {
    const { clock, fake, oauth, obtainedAt, response, store } = await createOlderSystemScene()
    await fake.uninstall()
    await clock.advance(2 * hour)
    expect(await failure(oauth.adopt(response, { obtainedAt }))).toBe('reauthorization_required')
    expect(await store.get(ada)).toBeUndefined()
  })

  test('rejects if Pipedrive does not say who the tokens belong to', async () => {
    const { clock, fake, oauth, obtainedAt, response, store } = await createOlderSystemScene()
    fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 500 }, times: 2 })
    const failed = failure(oauth.adopt(response, { obtainedAt }))
    await clock.advance(second)
    expect(await failed).toBe('identity_unavailable')
    expect(await store.get(ada)).toBeUndefined()
  })

  test('keeps tokens that it has refreshed until Pipedrive says who they belong to and the store works', async () => {
    const { client, clock, fake, obtainedAt, refreshes, response, store } = await createOlderSystemScene({
      rotateRefreshTokens: true,
    })
    const troubled = troubledStore(store)
    const oauth = client({ store: troubled.store })
    await clock.advance(2 * hour)
    fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 500 }, times: 2 })
    const unidentified = failure(oauth.adopt(response, { obtainedAt }))
    await clock.advance(second)
    expect(await unidentified).toBe('identity_unavailable')
    await clock.advance(2 * hour)
    troubled.meet('compareAndSet', rejects)
    const unsaved = failure(oauth.adopt(response, { obtainedAt }))
    await clock.advance(minute)
    expect(await unsaved).toBe('store_unavailable')
    troubled.recover()
    expect((await oauth.adopt(response, { obtainedAt })).installation.id).toBe(ada)
    expect(refreshes()).toBe(2)
    expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
  })

  test('takes a refresh token alone, refreshes it and asks who it belongs to', async () => {
    const { fake, oauth, response, happened } = await createOlderSystemScene({ rotateRefreshTokens: true })
    const adopted = await oauth.adopt({ refreshToken: response.refresh_token })
    expect(adopted).toMatchObject({ account: { companyId: 1001, userId: 11 }, outcome: 'created' })
    expect(happened()).toEqual(['installed'])
    expect(fake.serverAccepts(await adopted.installation.accessToken())).toBe(true)
    expect(fake.tokenRequests()).toHaveLength(1)
  })

  test('does not spend a refresh token twice when it is called again after the store failed', async () => {
    const { client, clock, fake, response, store } = await createOlderSystemScene({
      rotateRefreshTokens: true,
    })
    const troubled = troubledStore(store)
    const oauth = client({ store: troubled.store })
    troubled.meet('compareAndSet', rejects)
    const failing = failure(oauth.adopt({ refreshToken: response.refresh_token }))
    await clock.advance(20 * second)
    expect(await failing).toBe('store_unavailable')
    troubled.recover()
    expect(await oauth.adopt({ refreshToken: response.refresh_token })).toMatchObject({ outcome: 'created' })
    expect(fake.tokenRequests()).toHaveLength(1)
  })

  describe('F01 calls that bring one token at the same time', () => {
    const both = { rotateRefreshTokens: true }

    test.each([
      ['alike', [{}, {}, {}]],
      ['with and without an account', [{ account }, {}, { account, verify: true }]],
      ['with different references', [{ reference: 'a' }, { reference: 'b' }, {}]],
    ] as const)('F01 share one exchange, %s', async (_, options) => {
      const { fake, happened, oauth, response } = await createOlderSystemScene(both)
      const given = { refreshToken: response.refresh_token }
      const adopted = await Promise.all(options.map((each) => oauth.adopt(given, each)))
      expect(adopted.map(({ outcome }) => outcome).toSorted()).toEqual(['created', 'kept', 'kept'])
      expect(fake.tokenRequests()).toHaveLength(1)
      expect(happened()).toEqual(['installed'])
      expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
    })

    test('F01 share it also if some bring the whole response', async () => {
      const { clock, fake, oauth, obtainedAt, response } = await createOlderSystemScene(both)
      await clock.advance(2 * hour)
      const adopting = Promise.all([
        oauth.adopt(response, { obtainedAt }),
        oauth.adopt(response),
        oauth.adopt({ refreshToken: ` ${response.refresh_token}\n` }),
      ])
      await clock.advance(second)
      expect((await adopting).map(({ outcome }) => outcome).toSorted()).toEqual(['created', 'kept', 'kept'])
      expect(fake.tokenRequests()).toHaveLength(1)
    })

    test('F01 share its failure, and the next call asks again', async () => {
      const { clock, fake, oauth, response } = await createOlderSystemScene(both)
      const given = { refreshToken: response.refresh_token }
      fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 503 }, times: 2 })
      const failed = Promise.all([failure(oauth.adopt(given)), failure(oauth.adopt(given))])
      await clock.advance(second)
      expect(await failed).toEqual(['token_endpoint_unavailable', 'token_endpoint_unavailable'])
      expect((await oauth.adopt(given)).outcome).toBe('created')
    })
  })

  test('says replaced when the tokens replace an older grant', async () => {
    const { client, clock, oauth, response, obtainedAt } = await createOlderSystemScene()
    expect(await oauth.adopt(response, { obtainedAt: obtainedAt - minute, account })).toMatchObject({
      outcome: 'created',
    })
    await clock.advance(minute)
    expect(await client().adopt(response, { obtainedAt, account })).toMatchObject({ outcome: 'replaced' })
  })

  test.each([[{}], [{ refreshToken: '' }], [{ refreshToken: 7 }], [null], ['a-token'], [undefined]])(
    'refuses %o: it is neither a token response nor a refresh token',
    async (given) => {
      const { oauth, fake } = await createOlderSystemScene()
      expect(await failure(oauth.adopt(given))).toBe('malformed_response')
      expect(fake.tokenRequests()).toHaveLength(0)
    },
  )

  test('changes nothing the second time, also when a refresh rotated the token in between', async () => {
    const { clock, client, fake, happened, oauth, obtainedAt, response, store } =
      await createOlderSystemScene({
        rotateRefreshTokens: true,
      })
    await oauth.adopt(response, { obtainedAt, account })
    await clock.advance(2 * hour)
    await oauth.installation(ada).accessToken()
    const stored = await store.get(ada)
    expect(await client().adopt(response, { obtainedAt, account })).toMatchObject({ outcome: 'kept' })
    expect(await store.get(ada)).toEqual(stored)
    expect(happened()).toEqual(['installed', 'refreshed'])
    await clock.advance(2 * hour)
    expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
  })

  test('F58 tokens without obtainedAt never replace a living grant', async () => {
    const { clock, connect, oauth, response, store } = await createOlderSystemScene()
    await connect(oauth)
    await clock.advance(minute)
    const stored = await store.get(ada)
    expect(await oauth.adopt(response, { account })).toMatchObject({ outcome: 'kept' })
    expect(await oauth.adopt(response)).toMatchObject({ outcome: 'kept' })
    expect(await store.get(ada)).toEqual(stored)
  })

  describe('F90 a grant that has ended', () => {
    const createEndedScene = async (isRotating: boolean) => {
      const scene = await createOlderSystemScene({ rotateRefreshTokens: isRotating })
      const { clock, fake, oauth, obtainedAt, response } = scene
      await oauth.adopt(response, { obtainedAt, account })
      await clock.advance(2 * hour)
      await oauth.installation(ada).accessToken()
      await fake.uninstall()
      await clock.advance(2 * hour)
      expect(await failure(oauth.installation(ada).accessToken())).toBe('reauthorization_required')
      return scene
    }

    test.each([true, false])(
      'stays ended when its old tokens are adopted again (rotation: %s)',
      async (isRotating) => {
        const { client, clock, oauth, obtainedAt, response, store } = await createEndedScene(isRotating)
        const stored = await store.get(ada)
        for (const options of [{ obtainedAt, account }, { account }])
          expect(await client().adopt(response, options)).toMatchObject({ outcome: 'kept' })
        for (const options of [
          { obtainedAt, account, verify: true },
          { obtainedAt },
          { account, verify: true },
        ]) {
          const adopting = failure(client().adopt(response, options))
          await clock.advance(second)
          expect(await adopting).toBe('reauthorization_required')
        }
        expect(await store.get(ada)).toEqual(stored)
        expect(await oauth.installation(ada).describe()).toMatchObject({ status: 'reauthorization_required' })
      },
    )

    test('stays ended although the older system has refreshed the same refresh token later', async () => {
      const { oauth, obtainedAt, response } = await createEndedScene(false)
      const later = { obtainedAt: obtainedAt + 3 * hour, account }
      expect(await oauth.adopt(response, later)).toMatchObject({ outcome: 'kept' })
    })

    test('comes back by newer tokens, by those that Pipedrive accepts, and with replace', async () => {
      const { client, clock, connect, fake, oauth, response, obtainedAt } = await createEndedScene(false)
      const ended = await oauth.installation(ada).describe()
      await connect(client({ store: memoryStore() }))
      const { refreshToken, accessTokens } = fake.installations()[0]!
      const living = { ...response, refresh_token: refreshToken, access_token: accessTokens.at(-1)! }
      expect(await oauth.adopt(living, { account })).toMatchObject({ outcome: 'kept' })
      expect(await oauth.installation(ada).describe()).toEqual(ended)
      expect(await oauth.adopt(living, { account, verify: true })).toMatchObject({ outcome: 'replaced' })
      await oauth.installation(ada).accessToken()
      await fake.uninstall()
      await clock.advance(2 * hour)
      expect(await failure(oauth.installation(ada).accessToken())).toBe('reauthorization_required')
      expect(await oauth.adopt(response, { account, obtainedAt, replace: true })).toMatchObject({
        outcome: 'replaced',
      })
    })
  })

  describe('F90 with verify', () => {
    test('asks whose living tokens these are, and refuses those of another account, naming both', async () => {
      const { fake, oauth, obtainedAt, response, store } = await createOlderSystemScene()
      const options = { obtainedAt, account: { companyId: 7, userId: 1 }, verify: true }
      expect(await rejection(oauth.adopt(response, options))).toMatchObject({
        code: 'invalid_argument',
        message: expect.stringMatching(
          /account is 7:1, but Pipedrive says that the tokens are those of 1001:11/,
        ),
      })
      expect([await store.get('7:1'), await store.get(ada)]).toEqual([undefined, undefined])
      const adopted = await oauth.adopt(response, { ...options, account })
      expect(adopted).toMatchObject({ outcome: 'created', account: { companyName: expect.any(String) } })
      expect(fake.calls.map(({ path }) => path)).toEqual(['/api/v1/users/me', '/api/v1/users/me'])
    })

    test('adds the names that an import without it left out, once, and changes nothing else', async () => {
      const { client, oauth, obtainedAt, response, store } = await createOlderSystemScene()
      await oauth.adopt(response, { obtainedAt, account })
      const before = await oauth.installation(ada).describe()
      const history = await oauth.installation(ada).history()
      expect(before?.account).toEqual(account)
      const verified = await client().adopt(response, { obtainedAt, account, verify: true })
      expect(verified.outcome).toBe('kept')
      const later = client().installation(ada)
      expect(await later.describe()).toEqual({ ...before, account: verified.account })
      expect(verified.account).toMatchObject({
        userName: expect.any(String),
        companyName: expect.any(String),
      })
      expect(await later.history()).toEqual(history)
      const stored = await store.get(ada)
      await client().adopt(response, { obtainedAt, account, verify: true })
      await client().adopt(response, { obtainedAt, account: { ...account, userName: 'Somebody' } })
      expect(await store.get(ada)).toEqual(stored)
    })

    test('refreshes a token that was withdrawn early, and takes its grant', async () => {
      const { clock, fake, oauth, obtainedAt, refreshes, response } = await createOlderSystemScene()
      fake.killAccessTokens()
      for (const options of [{ obtainedAt, account, verify: true }, { obtainedAt: obtainedAt + 1 }]) {
        const adopting = oauth.adopt(response, options)
        await clock.advance(second)
        expect((await adopting).account).toMatchObject(account)
      }
      expect(refreshes()).toBe(2)
      expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
    })

    test('does not lose a refresh token that was replaced by the question', async () => {
      const { clock, fake, oauth, obtainedAt, response } = await createOlderSystemScene({
        rotateRefreshTokens: true,
      })
      await clock.advance(2 * hour)
      const options = { obtainedAt, account: { companyId: 7, userId: 1 }, verify: true }
      expect(await failure(oauth.adopt(response, options))).toBe('invalid_argument')
      expect(await oauth.installation('7:1').describe()).toBeUndefined()
      expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
    })

    describe('F25 gives the account that the tokens belong to nothing that was meant for another one', () => {
      const meant = {
        account: { companyId: 7, userId: 1 },
        reference: 'tenant-A',
        replace: true,
        verify: true,
      }

      test.each(['a token response', 'a refresh token alone'])(
        'F25 not its reference, with %s',
        async (form) => {
          const { clock, fake, oauth, obtainedAt, response } = await createOlderSystemScene({
            rotateRefreshTokens: true,
          })
          await oauth.adopt(response, { obtainedAt, account, reference: 'tenant-B' })
          await clock.advance(2 * hour)
          const given = form === 'a token response' ? response : { refreshToken: response.refresh_token }
          expect(await rejection(oauth.adopt(given, { ...meant, obtainedAt }))).toMatchObject({
            code: 'invalid_argument',
            installationId: ada,
          })
          const installation = oauth.installation(ada)
          expect((await installation.describe())?.reference).toBe('tenant-B')
          expect(fake.serverAccepts(await installation.accessToken())).toBe(true)
          expect(await oauth.installation('7:1').describe()).toBeUndefined()
        },
      )

      test('F25 not the place of newer tokens', async () => {
        const { clock, connect, fake, oauth, response } = await createOlderSystemScene({
          rotateRefreshTokens: true,
        })
        const given = { refreshToken: response.refresh_token }
        fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 500 }, times: 2 })
        const unidentified = failure(oauth.adopt(given, meant))
        await clock.advance(second)
        expect(await unidentified).toBe('identity_unavailable')
        const { installation } = await connect(oauth)
        const newer = await installation.accessToken()
        expect(await failure(oauth.adopt(given, meant))).toBe('invalid_argument')
        expect(await installation.accessToken()).toBe(newer)
        expect((await installation.describe())?.reference).toBeUndefined()
      })
    })

    test('spends no refresh token because Pipedrive is out of order', async () => {
      const { clock, fake, oauth, obtainedAt, response } = await createOlderSystemScene()
      fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 500 }, times: 2 })
      const failing = failure(oauth.adopt(response, { obtainedAt, account, verify: true }))
      await clock.advance(second)
      expect(await failing).toBe('identity_unavailable')
      expect(fake.tokenRequests()).toEqual([])
    })
  })

  test.each([
    [{ userName: null }, 'account.userName must be a text, or left out'],
    [{ companyName: 7 }, 'account.companyName must be a text, or left out'],
    [{ companyDomain: {} }, 'account.companyDomain must be a text, or left out'],
    [{ email: ['a@b'] }, 'account.email must be a text, or left out'],
    [{ isAdmin: 1 }, 'account.isAdmin must be true or false, or left out'],
  ])('refuses an account of which it is told %j, and stores nothing', async (wrong, problem) => {
    const { oauth, obtainedAt, response, store } = await createOlderSystemScene()
    await oauth.adopt(response, { obtainedAt, account })
    const stored = await store.get(ada)
    const given = { ...account, ...(wrong as object) }
    expect(await rejection(oauth.adopt(response, { obtainedAt, account: given }))).toMatchObject({
      code: 'invalid_argument',
      problems: [problem],
    })
    expect(await store.get(ada)).toEqual(stored)
  })

  test('refuses an obtainedAt of more than one day ahead, and says so', async () => {
    const { oauth, obtainedAt, response } = await createOlderSystemScene()
    const ahead = (ms: number) => oauth.adopt(response, { account, obtainedAt: obtainedAt + ms })
    expect(await rejection(ahead(day + 1))).toMatchObject({
      problems: ['obtainedAt must not be more than one day ahead'],
    })
    expect(await ahead(day)).toMatchObject({ outcome: 'created' })
  })

  test('F58 a refresh token alone replaces what is stored: its tokens are from now', async () => {
    const { clock, oauth, response, obtainedAt } = await createOlderSystemScene({ rotateRefreshTokens: true })
    await oauth.adopt(response, { obtainedAt, account })
    await clock.advance(minute)
    const adopted = await oauth.adopt({ refreshToken: response.refresh_token }, { account })
    expect(adopted).toMatchObject({ outcome: 'replaced' })
  })

  test.each([{ obtainedAt: undefined }, { obtainedAt: -minute }])(
    'F58 with replace, tokens replace newer ones: %o',
    async ({ obtainedAt: ago }) => {
      const { clock, connect, oauth, response, obtainedAt } = await createOlderSystemScene()
      await connect(oauth)
      const options = { account, replace: true, ...(ago !== undefined && { obtainedAt: obtainedAt + ago }) }
      expect(await oauth.adopt(response, options)).toMatchObject({ outcome: 'replaced' })
      expect(await oauth.installation(ada).describe()).toMatchObject({
        accessTokenExpiresAt: ago === undefined ? clock.now() : obtainedAt + ago + 3_599_000,
      })
    },
  )

  test('leaves one installation when two processes call it at once', async () => {
    const { client, happened, oauth, obtainedAt, response } = await createOlderSystemScene()
    const adopted = await Promise.all([
      oauth.adopt(response, { obtainedAt, account }),
      client().adopt(response, { obtainedAt, account }),
    ])
    expect(adopted.map(({ outcome }) => outcome).toSorted()).toEqual(['created', 'kept'])
    expect(happened()).toEqual(['installed'])
  })

  test('replaces an older connection or a refused grant, and never a newer connection', async () => {
    const { client, clock, connect, fake, oauth, obtainedAt, response } = await createOlderSystemScene()
    await clock.advance(minute)
    await connect(oauth)
    const own = await oauth.installation(ada).accessToken()
    await oauth.adopt(response, { obtainedAt, account })
    expect(await oauth.installation(ada).accessToken()).toBe(own)

    await fake.uninstall()
    await clock.advance(2 * hour)
    expect(await failure(oauth.installation(ada).accessToken())).toBe('reauthorization_required')
    const elsewhere = client({ store: memoryStore() })
    await connect(elsewhere)
    const { refreshToken, accessTokens } = fake.installations()[0]!
    const newer = { ...response, refresh_token: refreshToken, access_token: accessTokens.at(-1)! }
    await oauth.adopt(newer, { obtainedAt: clock.now(), account })
    expect(await oauth.installation(ada).accessToken()).toBe(newer.access_token)
  })

  test.each([
    undefined,
    null,
    'v1u:AQIB',
    42,
    [],
    {},
    { access_token: 'a' },
    { refresh_token: 'r' },
    { access_token: '', refresh_token: 'r' },
    { access_token: 'a', refresh_token: '' },
    { access_token: 7, refresh_token: 'r' },
    { error: 'invalid_grant', message: 'Invalid grant' },
  ])('rejects %o with malformed_response, and stores nothing', async (response) => {
    const { client, fake, store } = createScene()
    expect(await rejection(client().adopt(response, { account }))).toMatchObject({
      name: 'TokenEndpointError',
      code: 'malformed_response',
      message: expect.stringContaining('access_token and refresh_token'),
    })
    expect([fake.calls, await store.get(ada)]).toEqual([[], undefined])
  })

  test.each([
    [{ obtainedAt: 1_767_600_000 }, 'epoch milliseconds'],
    [{ obtainedAt: Number.NaN }, 'epoch milliseconds'],
    [{ obtainedAt: Date.UTC(2030, 0) }, 'one day ahead'],
    [{ account: { companyId: 0, userId: 1 } }, 'positive whole numbers'],
    [{ account: { companyId: 1, userId: 1.5 } }, 'positive whole numbers'],
  ])('refuses %o', async (options, words) => {
    const { client } = createScene()
    expect(await rejection(client().adopt({ access_token: 'a', refresh_token: 'r' }, options))).toMatchObject(
      { name: 'InvalidArgumentError', message: expect.stringContaining(words) },
    )
  })

  test('reports required scopes that the user has not granted', async () => {
    const { client, events, obtainedAt, response } = await createOlderSystemScene()
    const demanding = client({ scopes: ['deals:read', 'contacts:full', 'leads:read'] })
    await demanding.adopt(response, { obtainedAt, account })
    expect(events.at(-1)).toMatchObject({ type: 'scopes_missing', scopes: ['contacts:full', 'leads:read'] })
    expect(await demanding.installation(ada).describe()).toMatchObject({
      scopes: ['base', 'deals:full'],
      missingScopes: ['contacts:full', 'leads:read'],
    })
  })
})

describe('exchangeApiToken()', () => {
  test('turns a legacy API token into an installation', async () => {
    const { client, fake } = createScene()
    const oauth = client()
    const { apiToken } = fake.users[0]!
    const { installation, firstTime } = await oauth.exchangeApiToken(apiToken)
    expect([installation.id, firstTime]).toEqual([ada, true])
    expect(fake.serverAccepts(await installation.accessToken())).toBe(true)
  })

  test('rejects if Pipedrive refuses, and does not change an existing installation', async () => {
    const { client, fake, store } = createScene()
    const oauth = client()
    const { apiToken } = fake.users[0]!
    await oauth.exchangeApiToken(apiToken)
    const stored = await store.get(ada)
    expect(await failure(oauth.exchangeApiToken(apiToken))).toBe('reauthorization_required')
    expect(await failure(oauth.exchangeApiToken('nobody'))).toBe('reauthorization_required')
    expect(await store.get(ada)).toEqual(stored)
  })

  test('keeps the tokens that it got, and goes on with them once Pipedrive says who they belong to', async () => {
    const { client, clock, fake } = createScene()
    const oauth = client()
    const { apiToken } = fake.users[0]!
    fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 500 }, times: 2 })
    const failed = failure(oauth.exchangeApiToken(apiToken))
    await clock.advance(second)
    expect(await failed).toBe('identity_unavailable')
    expect((await oauth.exchangeApiToken(apiToken)).installation.id).toBe(ada)
  })

  test('F23 a double click exchanges the API token once, and both calls end alike', async () => {
    const { client, fake, happened } = createScene()
    const oauth = client()
    const { apiToken } = fake.users[0]!
    const both = await Promise.all([
      oauth.exchangeApiToken(apiToken),
      oauth.exchangeApiToken(`${apiToken}\n`),
    ])
    expect(both.map(({ installation, firstTime }) => [installation.id, firstTime])).toEqual([
      [ada, true],
      [ada, true],
    ])
    expect(fake.tokenRequests()).toHaveLength(1)
    expect(happened()).toEqual(['installed'])
    expect(await failure(oauth.exchangeApiToken(apiToken))).toBe('reauthorization_required')
  })

  test('can be tried again after Pipedrive was temporarily unavailable', async () => {
    const { client, clock, fake } = createScene()
    const oauth = client()
    const { apiToken } = fake.users[0]!
    fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 503 }, times: 2 })
    const failed = failure(oauth.exchangeApiToken(apiToken))
    await clock.advance(second)
    expect(await failed).toBe('token_endpoint_unavailable')
    expect((await oauth.exchangeApiToken(apiToken)).installation.id).toBe(ada)
  })
})
