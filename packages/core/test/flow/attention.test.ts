import { describe, expect, test } from 'vitest'
import type {
  ListedInstallation,
  PipedriveOAuth,
  PipedriveOAuthErrorCode,
  TokenStore,
} from '../../src/index.ts'
import { ada, collected, createScene, failure, hour, inTime, minute, type Scene } from './scene.ts'
import { losesAnswer, rejects, troubledStore } from './troubled-store.ts'

describe('installations({ needsAttention })', () => {
  test('lists those whose user has to connect again, and no other, until he has', async () => {
    const { client, clock, connect, fake } = createScene()
    const oauth = client()
    await connect(oauth)
    await connect(oauth, '1001:12')
    await fake.uninstall()
    await clock.advance(2 * hour)
    await failure(oauth.installation(ada).accessToken())
    await oauth.installation('1001:12').accessToken()
    const listed = await collected(client().installations({ needsAttention: true }))
    expect(listed).toMatchObject([{ id: ada, status: 'reauthorization_required', needsAttention: true }])
    await connect(oauth)
    expect(await collected(oauth.installations({ needsAttention: true }))).toEqual([])
    expect(await collected(oauth.installations())).toHaveLength(2)
  })

  test('lists those whose refreshes have been failing for longer than the longest cooldown', async () => {
    const { client, clock, connect, fake } = createScene()
    const oauth = client({ policy: { requestsPerRefresh: 1 } })
    await connect(oauth)
    await clock.advance(2 * hour)
    fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 503 }, times: 7 })
    for (let failures = 1; failures <= 7; failures++) {
      expect(await collected(oauth.installations({ needsAttention: true }))).toEqual([])
      await failure(oauth.installation(ada).accessToken())
      await clock.advance(minute)
    }
    expect(await collected(oauth.installations({ needsAttention: true }))).toMatchObject([
      { id: ada, status: 'active', cooldown: { failures: 7 } },
    ])
    await oauth.installation(ada).accessToken()
    expect(await collected(oauth.installations({ needsAttention: true }))).toEqual([])
  })
})

describe('installations()', () => {
  test.each<[PipedriveOAuthErrorCode, (scene: Scene) => PipedriveOAuth]>([
    ['secrets_unavailable', ({ client }) => client({ secrets: () => Promise.reject(new Error('away')) })],
    ['invalid_configuration', ({ client }) => client({ secrets: async () => ['guessable'] })],
    [
      'store_unavailable',
      ({ client, store }) => client({ store: { ...store, get: () => Promise.reject(new Error('away')) } }),
    ],
  ])('rejects with %s, and blames no record for it', async (code, lister) => {
    const scene = createScene()
    await scene.connect(scene.client())
    const seen: ListedInstallation[] = []
    const listing = async () => {
      for await (const listed of lister(scene).installations()) seen.push(listed)
    }
    expect([await failure(listing()), seen]).toEqual([code, []])
  })

  test('lists a record that cannot be opened with its error, and the others', async () => {
    const { client, connect, store } = createScene()
    await connect(client())
    await store.compareAndSet('7:7', undefined, { version: 'x', value: 'damaged' })
    await connect(client({ secrets: ['another-secret-that-is-long-enough-01'] }), '1001:12')
    const listed = await collected(client().installations())
    expect(
      Object.fromEntries(listed.map((each) => [each.id, 'error' in each ? each.error.code : each.status])),
    ).toEqual({
      [ada]: 'active',
      '7:7': 'unreadable_record',
      '1001:12': 'unknown_key',
    })
  })

  test.each([0, -1, 1.5, Number.NaN])('refuses company %d', async (companyId) => {
    const { client } = createScene()
    expect(await failure(collected(client().installations({ companyId })))).toBe('invalid_argument')
  })
})

describe('forget()', () => {
  test('deletes the record alone, and says so', async () => {
    const { client, connect, events, fake, store } = createScene()
    const oauth = client()
    await connect(oauth)
    expect(await oauth.installation(ada).forget()).toBe(true)
    expect([await store.get(ada), fake.installations().length]).toEqual([undefined, 1])
    expect(events.at(-1)).toMatchObject({ type: 'forgotten', by: 'app', history: [{ kind: 'installed' }] })
    expect(await oauth.installation(ada).forget()).toBe(false)
  })

  test('deletes a record that cannot be opened, too', async () => {
    const { client, store } = createScene()
    await store.compareAndSet(ada, undefined, { version: 'x', value: 'damaged' })
    expect(await client().installation(ada).forget()).toBe(true)
    expect(await store.get(ada)).toBeUndefined()
  })

  test.each([
    ['cannot be opened', 'damaged'],
    ['can be opened', undefined],
  ])('deletes a record that %s and that other processes keep replacing', async (_, value) => {
    const { client, connect, store } = createScene()
    await connect(client())
    const found = (await store.get(ada))!
    const record = { ...found, value: value ?? found.value }
    let writes = 5
    const raced: TokenStore = {
      ...store,
      get: async (id) => {
        const { version } = (await store.get(id)) ?? {}
        if (version === undefined || writes === 0) return store.get(id)
        await store.compareAndSet(id, version, { ...record, version: `v${writes--}` })
        return { ...record, version }
      },
    }
    expect(await client({ store: raced }).installation(ada).forget()).toBe(true)
    expect([await store.get(ada), writes]).toEqual([undefined, 0])
  })

  test.each([
    ['rejects', rejects],
    ['loses its answer', losesAnswer],
  ])('deletes a record that cannot be opened although the first write %s', async (_, trouble) => {
    const { client, clock, store } = createScene()
    await store.compareAndSet(ada, undefined, { version: 'x', value: 'damaged' })
    const troubled = troubledStore(store)
    troubled.meet('compareAndSet', trouble, 1)
    expect(await inTime(clock, client({ store: troubled.store }).installation(ada).forget())).toBe(true)
    expect(await store.get(ada)).toBeUndefined()
  })
})

describe('history()', () => {
  test('tells the life of an installation in every process, and nothing with historyEntries: 0', async () => {
    const { client, clock, connect } = createScene()
    await connect(client())
    await clock.advance(2 * hour)
    await client().installation(ada).accessToken()
    const history = await client().installation(ada).history()
    expect(history?.map(({ kind, count }) => [kind, count])).toEqual([
      ['installed', 1],
      ['refreshed', 1],
    ])
    expect(history?.[1]?.at).toBe(clock.now())
    const silent = client({ policy: { historyEntries: 0 } })
    await clock.advance(2 * hour)
    await silent.installation(ada).accessToken()
    expect(await silent.installation(ada).history()).toEqual([])
    expect(await silent.installation('9:9').history()).toBeUndefined()
  })
})
