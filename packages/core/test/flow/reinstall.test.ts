import { describe, expect, test } from 'vitest'
import { ada, createScene, failure, hour, minute, rejection, second, skewed } from './scene.ts'
import { losesAnswer, rejects, troubledStore } from './troubled-store.ts'

const refreshing = { endpoint: 'token', grantType: 'refresh_token', when: 'after' } as const

test.each(['new', 'same'] as const)(
  'F19 an old refresh answer never overwrites a re-install (%s refresh token)',
  async (refreshTokenOnReinstall) => {
    const { clock, client, connect, fake, store } = createScene({ refreshTokenOnReinstall })
    const holder = client()
    const other = client()
    await connect(holder)
    await clock.advance(2 * hour)
    const gate = fake.faults.hold(refreshing)
    const held = holder.installation(ada).accessToken()
    await gate.reached

    await connect(other)
    const installed = await store.get(ada)
    const token = await other.installation(ada).accessToken()
    gate.release()

    expect(await held).toBe(token)
    await holder.settled()
    expect(await store.get(ada)).toEqual(installed)
  },
)

test('F19 an old refresh answer never revives an uninstalled record', async () => {
  const { clock, client, connect, fake, happened, store } = createScene()
  const holder = client()
  await connect(holder)
  await clock.advance(2 * hour)
  const gate = fake.faults.hold(refreshing)
  const held = rejection(holder.installation(ada).accessToken())
  await gate.reached
  const { request } = await fake.uninstall()
  await client().handleUninstall(request)
  gate.release()

  expect(await held).toMatchObject({ code: 'not_installed' })
  await holder.settled()
  expect(await store.get(ada)).toBeUndefined()
  expect(await rejection(holder.installation(ada).accessToken())).toMatchObject({ code: 'not_installed' })
  expect(happened()).toEqual(['installed', 'uninstalled'])
})

test.each([undefined, 'yesterday'])(
  'F20 a notice whose time is %j sticks, also if Pipedrive answered a refresh before it',
  async (timestamp) => {
    const { clock, client, connect, fake, store } = createScene()
    const holder = client()
    await connect(holder)
    await clock.advance(2 * hour)
    const gate = fake.faults.hold(refreshing)
    const held = holder.installation(ada).accessToken()
    await gate.reached
    const { request } = await fake.uninstall()
    const notice = { ...(await request.json()), timestamp }
    const settling = client().handleUninstall(
      new Request(request.url, { method: 'DELETE', headers: request.headers, body: JSON.stringify(notice) }),
    )
    await clock.advance(0)
    gate.release()
    await held
    expect(await settling).toEqual({ installationId: ada, removed: true })
    expect(await store.get(ada)).toBeUndefined()
  },
)

test('F19 an answer that belongs to an earlier installation changes nothing after uninstall and re-install', async () => {
  const { clock, client, connect, fake } = createScene({ refreshTokenOnReinstall: 'same' })
  const holder = client()
  await connect(holder)
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ ...refreshing, when: 'before' })
  const held = holder.installation(ada).accessToken()
  await gate.reached
  const other = client()
  await other.handleUninstall((await fake.uninstall()).request)
  await clock.advance(second)
  await connect(other)
  const { installedAt } = (await other.installation(ada).describe())!
  gate.release()

  expect(await held).toBe(await other.installation(ada).accessToken())
  expect(await other.installation(ada).describe()).toMatchObject({ installedAt, refreshes: 0 })
})

test('F19 a refusal of the old grant does not condemn the new one', async () => {
  const { clock, client, connect, fake, happened } = createScene()
  const holder = client()
  await connect(holder)
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ ...refreshing, when: 'before' })
  const held = holder.installation(ada).accessToken()
  await gate.reached
  await connect(client())
  gate.release()

  expect(fake.serverAccepts(await held)).toBe(true)
  expect(happened()).toEqual(['installed', 'installed'])
})

test('F20 an uninstall notice does not wait for a refresh that is under way', async () => {
  const { clock, client, connect, fake, store } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ ...refreshing, when: 'before' })
  const held = rejection(oauth.installation(ada).accessToken())
  await gate.reached

  const { request } = await fake.uninstall()
  expect(await oauth.handleUninstall(request)).toEqual({ installationId: ada, removed: true })
  expect(await store.get(ada)).toBeUndefined()
  expect(gate.waiting).toBe(1)
  gate.release()
  expect(await held).toMatchObject({ code: 'not_installed' })
})

test.each(['iso', 'seconds', 'milliseconds'] as const)(
  'F21 a notice older than the installation (%s) changes nothing, a newer one removes it',
  async (timestampAs) => {
    const { clock, client, connect, events, fake } = createScene()
    const oauth = client()
    await connect(oauth)
    const { request: late } = await fake.uninstall(undefined, { timestampAs })
    await clock.advance(minute)
    await connect(oauth)
    await clock.advance(minute)

    expect(await oauth.handleUninstall(late)).toEqual({ installationId: ada, removed: false })
    expect(events.at(-1)).toMatchObject({ type: 'uninstall_ignored', installationId: ada })
    expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)

    const { request } = await fake.uninstall(undefined, { timestampAs })
    expect(await oauth.handleUninstall(request)).toEqual({ installationId: ada, removed: true })
    expect(await oauth.installation(ada).describe()).toBeUndefined()
  },
)

test('F21 a notice of the same second as the installation does not count as older', async () => {
  const { clock, client, connect, fake } = createScene()
  const oauth = client()
  await clock.advance(300)
  await connect(oauth)
  await clock.advance(100)
  const { request } = await fake.uninstall(undefined, { timestampAs: 'seconds' })
  expect((await oauth.handleUninstall(request)).removed).toBe(true)
})

test('F21 a notice that comes twice, or for a user who is not installed, changes nothing and is no error', async () => {
  const { client, clock, connect, fake, happened } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(minute)
  const { request } = await fake.uninstall()
  const again = request.clone()
  expect((await oauth.handleUninstall(request)).removed).toBe(true)
  expect((await oauth.handleUninstall(again)).removed).toBe(false)
  expect((await oauth.handleUninstall(fake.uninstallNotice('1002:21'))).removed).toBe(false)
  expect(happened()).toEqual(['installed', 'uninstalled', 'uninstall_ignored', 'uninstall_ignored'])
})

describe('F38 a notice that the clocks leave open', () => {
  test('is settled by one refresh: a grant that Pipedrive refuses has ended', async () => {
    const { client, clock, connect, fake, happened, refreshes, store } = createScene()
    const oauth = client()
    await connect(oauth)
    await clock.advance(second)
    const { request } = await fake.uninstall()
    const again = request.clone()
    const results = await Promise.all([oauth.handleUninstall(request), oauth.handleUninstall(again)])
    expect(results.map(({ removed }) => removed)).toEqual([true, true])
    expect([refreshes(), await store.get(ada)]).toEqual([1, undefined])
    expect(happened()).toEqual(['installed', 'reauthorization_required', 'uninstalled'])
  })

  test('is about an earlier grant if Pipedrive refreshes this one, and is told once', async () => {
    const { client, clock, connect, fake, happened, refreshes } = createScene()
    const oauth = client()
    await connect(oauth)
    await clock.advance(second)
    const notice = fake.uninstallNotice()
    const again = notice.clone()
    expect((await oauth.handleUninstall(notice)).removed).toBe(false)
    expect((await oauth.handleUninstall(again)).removed).toBe(false)
    expect(refreshes()).toBe(1)
    expect(happened()).toEqual(['installed', 'refreshed', 'uninstall_ignored', 'uninstall_ignored'])
    expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
  })

  test('F21 is about an earlier grant when it comes again after a re-install', async () => {
    const { client, clock, connect, events, fake } = createScene()
    const oauth = client()
    await connect(oauth)
    await clock.advance(second)
    const { request } = await fake.uninstall()
    const again = request.clone()
    expect((await oauth.handleUninstall(request)).removed).toBe(true)
    await clock.advance(second)
    await connect(oauth)
    expect(await oauth.handleUninstall(again)).toEqual({ installationId: ada, removed: false })
    expect(events.at(-1)).toMatchObject({ type: 'uninstall_ignored', installationId: ada })
    expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
  })

  test('changes nothing while Pipedrive cannot be asked; the next refresh finds out', async () => {
    const { client, clock, connect, fake, store } = createScene()
    const oauth = client()
    await connect(oauth)
    await clock.advance(second)
    const { request } = await fake.uninstall()
    fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 503 }, times: 2 })
    const removing = oauth.handleUninstall(request)
    await clock.advance(second)
    expect((await removing).removed).toBe(false)
    expect(await store.get(ada)).toBeDefined()
    await clock.advance(2 * hour)
    expect(await failure(oauth.installation(ada).accessToken())).toBe('reauthorization_required')
  })

  test.each(['Pipedrive', 'the store'] as const)(
    'is settled when it comes again if %s did not answer the first time',
    async (silent) => {
      const { client, clock, connect, fake, store } = createScene()
      await connect(client())
      await clock.advance(second)
      const { request } = await fake.uninstall()
      const again = [request.clone(), request.clone()]
      const troubled = troubledStore(store)
      const oauth = client({ store: troubled.store, logger: false })
      if (silent === 'the store') troubled.meet('compareAndSet', rejects)
      else fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 503 }, times: Infinity })
      const removing = oauth.handleUninstall(request)
      await clock.advance(10 * second)
      expect((await removing).removed).toBe(false)
      expect(await store.get(ada)).toBeDefined()

      troubled.recover()
      fake.faults.clear()
      const results = await Promise.all(again.map((notice) => oauth.handleUninstall(notice)))
      expect(results.map(({ removed }) => removed)).toEqual([true, true])
      expect(await store.get(ada)).toBeUndefined()
    },
  )

  test('is settled also where the clock of this process was hours ahead when the user connected', async () => {
    const { client, clock, connect, fake, store } = createScene()
    await connect(client({ clock: skewed(clock, 4 * hour) }))
    await clock.advance(minute)
    const { request } = await fake.uninstall()
    expect((await client().handleUninstall(request)).removed).toBe(true)
    expect(await store.get(ada)).toBeUndefined()
  })
})

test.each([true, false])(
  'an installation that is saved again, because its first answer was lost, is still the first one: %j',
  async (firstTime) => {
    const { client, clock, connect, events, store } = createScene()
    if (!firstTime) await connect(client())
    const troubled = troubledStore(store)
    troubled.meet(
      'compareAndSet',
      async (work) => {
        troubled.meet('get', rejects, 1)
        return losesAnswer(work)
      },
      1,
    )
    const connecting = connect(client({ store: troubled.store }))
    await clock.advance(5 * second)
    expect(await connecting).toMatchObject({ firstTime })
    expect(events.at(-1)).toMatchObject({ type: 'installed', firstTime })
    expect(troubled.calls('compareAndSet')).toBe(1)
  },
)
