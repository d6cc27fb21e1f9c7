import { describe, expect, test } from 'vitest'
import { type PipedriveOAuth, memoryStore, type TokenStore } from '../../src/index.ts'
import { ada, collected, createScene, day, failure, hour, second } from './scene.ts'
import { rejects, troubledStore } from './troubled-store.ts'

describe('describe()', () => {
  test('returns what may be shown of the stored record', async () => {
    const { client, clock, connect } = createScene()
    const oauth = client({ scopes: ['base', 'deals:read', 'leads:full'] })
    expect(await oauth.installation(ada).describe()).toBeUndefined()
    const { account } = await connect(oauth)
    expect(
      await client({ scopes: ['leads:full'] })
        .installation(ada)
        .describe(),
    ).toEqual({
      id: ada,
      status: 'active',
      account,
      needsAttention: false,
      installedAt: clock.now(),
      refreshes: 0,
      scopes: ['base', 'deals:full'],
      missingScopes: ['leads:full'],
      apiDomain: 'https://acme.pipedrive.com',
      refreshedAt: clock.now(),
      accessTokenExpiresAt: clock.now() + 3599 * second,
      refreshTokenExpiresAt: clock.now() + 60 * day,
    })
  })

  test('counts refreshes, and shows a refresh in flight, a cooldown and a refusal', async () => {
    const { client, clock, connect, fake } = createScene()
    const oauth = client()
    await connect(oauth)
    await oauth.installation(ada).refresh()
    expect(await oauth.installation(ada).describe()).toMatchObject({ refreshes: 1, status: 'active' })
    const gate = fake.faults.hold({ endpoint: 'token' })
    const refreshing = oauth.installation(ada).refresh()
    await gate.reached
    expect((await client().installation(ada).describe())?.status).toBe('refreshing')
    gate.release()
    await refreshing
    await clock.advance(2 * hour)
    fake.faults.add({
      endpoint: 'token',
      fault: { type: 'status', status: 400, body: { error: 'invalid_client' } },
    })
    await failure(oauth.installation(ada).accessToken())
    expect((await oauth.installation(ada).describe())?.cooldown).toEqual({
      until: clock.now() + second,
      failures: 1,
      code: 'client_rejected',
    })
  })
})

describe('installations()', () => {
  const ids = async (oauth: PipedriveOAuth, companyId?: number) =>
    (await collected(oauth.installations(companyId === undefined ? {} : { companyId }))).map(({ id }) => id)

  test('returns all installations, or those of one company, page by page', async () => {
    const users = Array.from({ length: 230 }, (_, index) => ({ id: index + 1, companyId: 7 + (index % 2) }))
    const { client, fake, store } = createScene({ users })
    const oauth = client()
    for (const { companyId, id: userId } of fake.users)
      await oauth.adopt({ access_token: 'a', refresh_token: 'r' }, { account: { companyId, userId } })
    const troubled = troubledStore(store)
    const all = await ids(client({ store: troubled.store }))
    expect(new Set(all).size).toBe(230)
    expect(troubled.calls('list')).toBe(3)
    expect((await ids(oauth, 7)).length).toBe(115)
    expect(await ids(oauth, 70)).toEqual([])
  })

  test('skips an installation that is removed meanwhile', async () => {
    const { client, clock, connect, fake } = createScene()
    const oauth = client()
    await connect(oauth, '1001:11')
    await connect(oauth, '1001:12')
    await connect(oauth, '1002:21')
    await clock.advance(hour)
    const seen: string[] = []
    for await (const { id } of oauth.installations()) {
      seen.push(id)
      if (id === '1001:11') await oauth.handleUninstall(fake.uninstallNotice('1001:12'))
    }
    expect(seen).toEqual(['1001:11', '1002:21'])
  })

  test('rejects if the store has no list()', async () => {
    const { client, connect, store } = createScene()
    const { get, compareAndSet } = memoryStore()
    const plain: TokenStore = { get, compareAndSet }
    expect(await failure(collected(client({ store: plain }).installations()))).toBe('unsupported_by_store')
    await connect(client())
    const troubled = troubledStore(store)
    const oauth = client({ store: troubled.store })
    troubled.meet('list', rejects)
    expect(await failure(collected(oauth.installations()))).toBe('store_unavailable')
    troubled.recover()
    troubled.meet('get', rejects)
    expect(await failure(collected(oauth.installations()))).toBe('store_unavailable')
  })
})

describe('events', () => {
  test('report the life of an installation, each with its time', async () => {
    const { client, clock, connect, events, fake } = createScene()
    const oauth = client({ scopes: ['leads:read'] })
    const { account } = await connect(oauth)
    const installedAt = clock.now()
    const process = expect.any(Number)
    await clock.advance(2 * hour)
    await oauth.installation(ada).accessToken()
    await oauth.handleUninstall((await fake.uninstall()).request)
    expect(events).toEqual([
      {
        at: installedAt,
        installationId: ada,
        type: 'installed',
        account,
        scopes: ['base', 'deals:full'],
        durationMs: 0,
        firstTime: true,
      },
      { at: installedAt, installationId: ada, type: 'scopes_missing', scopes: ['leads:read'] },
      {
        at: clock.now(),
        installationId: ada,
        durationMs: 0,
        type: 'refreshed',
        expiresAt: clock.now() + 3599 * second,
      },
      {
        at: clock.now(),
        installationId: ada,
        type: 'uninstalled',
        account,
        by: 'user',
        history: [
          { kind: 'installed', at: installedAt, firstAt: installedAt, process, count: 1 },
          { kind: 'refreshed', at: clock.now(), firstAt: clock.now(), process, count: 1 },
        ],
      },
    ])
  })

  test('report installed again for a user who connects again, with firstTime: false', async () => {
    const { client, connect, events } = createScene()
    const oauth = client()
    expect((await connect(oauth)).firstTime).toBe(true)
    expect((await connect(oauth)).firstTime).toBe(false)
    expect(events).toMatchObject([
      { type: 'installed', firstTime: true },
      { type: 'installed', firstTime: false },
    ])
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('the listener failed')
      },
    ],
    ['rejects', () => Promise.reject(new Error('the listener failed'))],
    ['never answers', () => new Promise(() => {})],
  ])('do no harm if the listener %s', async (_, onEvent) => {
    const { client, clock, connect, fake } = createScene()
    const logged: string[] = []
    const original = console.error
    console.error = (line: string) => void logged.push(line)
    try {
      const oauth = client({ onEvent })
      await connect(oauth)
      await clock.advance(2 * hour)
      expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
      await clock.advance(0)
    } finally {
      console.error = original
    }
    expect(logged.filter((line) => /failed at (installed|refreshed)/.test(line))).toHaveLength(
      _ === 'never answers' ? 0 : 2,
    )
  })
})
