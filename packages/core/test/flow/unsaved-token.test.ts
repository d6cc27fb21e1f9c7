import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PipedriveOAuth } from '../../src/index.ts'
import { ada, createScene, day, failure, hour, minute, rejection, second, type Scene } from './scene.ts'
import { hangs, losesAnswer, rejects, troubledStore, type Trouble } from './troubled-store.ts'

/** How the store fails this process from the moment its refresh token is spent. */
const troubles: Record<string, Trouble> = { rejects, hangs }

/** What another process does to the record meanwhile. It sees the store work. */
const elsewhere = {
  nothing: async () => {},
  uninstalls: async ({ fake }: Scene, other: PipedriveOAuth) =>
    void (await other.handleUninstall(fake.uninstallNotice())),
  reinstalls: async ({ connect }: Scene, other: PipedriveOAuth) => void (await connect(other)),
  'uninstalls and reinstalls': async ({ connect, fake }: Scene, other: PipedriveOAuth) => {
    await other.handleUninstall(fake.uninstallNotice())
    await connect(other)
  },
  forgets: async (_: Scene, other: PipedriveOAuth) => void (await other.installation(ada).forget()),
}

/** Every way in which an application gets at a token. Resolves to the token that Pipedrive would see. */
const doors = {
  accessToken: (oauth: PipedriveOAuth) => oauth.installation(ada).accessToken(),
  fetch: async (oauth: PipedriveOAuth, { fake }: Scene) => {
    const { status } = await oauth.installation(ada).fetch('/api/v2/deals')
    const call = fake.calls.findLast((one) => one.endpoint === 'api')
    return status === 200 && call?.endpoint === 'api' ? call.accessToken : undefined
  },
  sdk: async (oauth: PipedriveOAuth) => (await oauth.installation(ada).sdk('v2')).accessToken(),
  refresh: async (oauth: PipedriveOAuth) => {
    await oauth.installation(ada).refresh()
    return oauth.installation(ada).accessToken()
  },
  keepAlive: async (oauth: PipedriveOAuth) => {
    await oauth.keepAlive({ withinMs: 1 })
    return oauth.installation(ada).accessToken()
  },
}

/** A process that holds a token which it could not save, while others go on. */
async function createUnsavedScene(trouble: Trouble) {
  const scene = createScene({ rotateRefreshTokens: true, reuseDetection: false })
  const { clock, client, connect, fake, store } = scene
  const troubled = troubledStore(store)
  const oauth = client({ store: troubled.store })
  await connect(oauth)
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ endpoint: 'token', when: 'after' })
  const asked = oauth.installation(ada).accessToken()
  await gate.reached
  troubled.meet('compareAndSet', trouble)
  troubled.meet('get', trouble)
  gate.release()
  await clock.advance(10 * second)
  return { scene, clock, fake, oauth, client, troubled, unsaved: await asked }
}

const grammar = fc.record({
  trouble: fc.constantFrom(...Object.keys(troubles)),
  other: fc.constantFrom(...(Object.keys(elsewhere) as (keyof typeof elsewhere)[])),
  door: fc.constantFrom(...(Object.keys(doors) as (keyof typeof doors)[])),
  /** How long the store is away: within the lease, past it, past `cacheMs` anyway. */
  awayMs: fc.constantFrom(0, 6 * second, minute),
})

test('F43 once the store answers, no door gives out an unsaved token whose grant another process has ended', async () => {
  await fc.assert(
    fc.asyncProperty(grammar, async ({ trouble, other, door, awayMs }) => {
      const { scene, clock, fake, oauth, client, troubled, unsaved } = await createUnsavedScene(
        troubles[trouble]!,
      )
      await clock.advance(awayMs)
      await elsewhere[other](scene, client())
      // No attempt to save happens between the end of the trouble and the call.
      troubled.recover()
      const outcome = Promise.allSettled([doors[door](oauth, scene)])
      await clock.advance(5 * second)
      const [result] = await outcome
      const given = result.status === 'fulfilled' ? result.value : (result.reason as { code: string }).code
      if (other === 'uninstalls' || other === 'forgets') expect(given).toBe('not_installed')
      else if (other === 'nothing') expect(fake.serverAccepts(String(given))).toBe(true)
      else {
        expect(given).not.toBe(unsaved)
        expect(given).toBe(await client().installation(ada).accessToken())
      }
      await oauth.settled()
      // Each failure to save ends once. `save_failed` has told how long the refresh took.
      const ends = scene.heard.filter(({ type }) => type === 'save_recovered' || type === 'refresh_discarded')
      const about = { at: expect.any(Number) as number, installationId: ada }
      const recovered = { ...about, type: 'save_recovered', durationMs: expect.any(Number) as number }
      const discarded = { ...about, type: 'refresh_discarded', outcome: 'refreshed' }
      expect(ends).toEqual([other === 'nothing' ? recovered : discarded])
    }),
    { numRuns: 60 },
  )
})

test('F43 while the store does not answer, the unsaved token serves, and an event says so', async () => {
  for (const trouble of [rejects, hangs]) {
    const { clock, oauth, scene, unsaved } = await createUnsavedScene(trouble)
    const asked = oauth.installation(ada).accessToken()
    await clock.advance(oauth.policy.storeGraceMs)
    expect(await asked).toBe(unsaved)
    expect(scene.happened().at(-1)).toBe('served_without_store')
  }
})

test('F43 an answer is decided again if another process replaced the record and only the answer of the save was lost', async () => {
  const scene = createScene({ rotateRefreshTokens: true, reuseDetection: false })
  const { clock, client, connect, fake, store } = scene
  const troubled = troubledStore(store)
  const oauth = client({ store: troubled.store })
  await connect(oauth)
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ endpoint: 'token', when: 'after' })
  const asked = failure(oauth.installation(ada).accessToken())
  await gate.reached
  await client().handleUninstall(fake.uninstallNotice())
  troubled.meet('compareAndSet', losesAnswer, 1)
  gate.release()
  expect(await asked).toBe('not_installed')
  expect(scene.happened()).not.toContain('save_failed')
})

test('F43 a token that cannot be saved because the record cannot be opened is kept and not given out', async () => {
  const { clock, oauth, troubled, scene } = await createUnsavedScene(rejects)
  const { store } = scene
  const stored = (await store.get(ada))!
  await store.compareAndSet(ada, stored.version, { version: 'other', value: 'garbage' })
  troubled.recover()
  await clock.advance(minute)
  expect(await failure(oauth.installation(ada).accessToken())).toBe('unreadable_record')
  await store.compareAndSet(ada, 'other', stored)
  expect(scene.fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
  expect(scene.refreshes()).toBe(1)
})

test('F43 an answer whose record was replaced by one that cannot be opened is not given out unsaved', async () => {
  const { clock, client, connect, fake, store } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ endpoint: 'token', when: 'after' })
  const asked = failure(oauth.installation(ada).accessToken())
  await gate.reached
  const stored = (await store.get(ada))!
  await store.compareAndSet(ada, stored.version, { version: 'other', value: 'garbage' })
  gate.release()
  await clock.advance(minute)
  expect(await asked).toBe('unreadable_record')
})

test('F43 uninstall() revokes the refresh token that could not be saved, not the spent one', async () => {
  const { clock, fake, oauth, troubled } = await createUnsavedScene(rejects)
  await clock.advance(minute)
  troubled.recover()
  await oauth.installation(ada).uninstall()
  expect(fake.installations()).toEqual([])
})

test('F43 revokeAccessToken() revokes the token that could not be saved', async () => {
  const { clock, fake, oauth, troubled, unsaved } = await createUnsavedScene(rejects)
  await clock.advance(minute)
  troubled.recover()
  await oauth.installation(ada).revokeAccessToken()
  expect(fake.serverAccepts(unsaved)).toBe(false)
})

test('F43 a caller in another process waits for the save, and never spends the spent refresh token', async () => {
  const { clock, client, fake, oauth, troubled, unsaved } = await createUnsavedScene(rejects)
  const waits = client().installation(ada).accessToken()
  await clock.advance(5 * second)
  troubled.recover()
  await clock.advance(5 * second)
  expect(await waits).toBe(unsaved)
  expect(await oauth.installation(ada).accessToken()).toBe(unsaved)
  expect(fake.tokenRequests({ status: 400 })).toEqual([])
})

test('F43 callers that save the same token at the same time tell of it once', async () => {
  const { clock, oauth, scene, troubled, unsaved } = await createUnsavedScene(rejects)
  await clock.advance(minute)
  troubled.recover()
  const installation = oauth.installation(ada)
  await Promise.all([installation.accessToken(), installation.revokeAccessToken(), oauth.keepAlive()])
  await oauth.settled()
  const outcomes = ['save_failed', 'save_recovered', 'refreshed', 'refresh_discarded']
  const told = scene.heard.map(({ type }) => type).filter((type) => outcomes.includes(type))
  expect(told.toSorted()).toEqual(['refreshed', 'save_failed', 'save_recovered'])
  expect(unsaved).not.toBe('')
})

test('F43 keepAlive() reports the store, and refreshes nothing, while a token cannot be saved', async () => {
  const { clock, oauth, scene, troubled } = await createUnsavedScene(rejects)
  await clock.advance(50 * day)
  troubled.recover()
  troubled.meet('compareAndSet', rejects)
  const kept = oauth.keepAlive()
  // A second try follows the first one after a pause.
  await clock.advance(minute)
  expect((await kept).failures).toEqual([{ id: ada, code: 'store_unavailable' }])
  expect(scene.refreshes()).toBe(1)
})

test('F43 describe() tells what is stored, and fails while the store does not answer', async () => {
  const { oauth, troubled } = await createUnsavedScene(rejects)
  expect(await rejection(oauth.installation(ada).describe())).toMatchObject({ code: 'store_unavailable' })
  troubled.recover()
  expect(await oauth.installation(ada).describe()).toMatchObject({ refreshes: 0 })
})
