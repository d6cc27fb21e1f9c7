import { describe, expect, test } from 'vitest'
import { ada, createScene, failure, hour, minute, rejection, second } from './scene.ts'
import { troubledStore } from './troubled-store.ts'

/** A connected user whose access token expires in `lifetimeMs`. */
async function createConnectedScene(lifetimeMs = hour, policy = {}, { tellsChanges = true } = {}) {
  const scene = createScene({ rotateRefreshTokens: true })
  const troubled = troubledStore(scene.store)
  const { watch, ...silent } = troubled.store
  const oauth = scene.client({ store: tellsChanges ? { ...silent, watch } : silent, policy })
  await scene.connect(oauth)
  await scene.clock.advance(hour - second - lifetimeMs)
  return { ...scene, oauth, troubled, installation: oauth.installation(ada) }
}

describe('accessToken()', () => {
  test('rejects with not_installed for a user who never connected, without a request', async () => {
    const { client, fake } = createScene()
    for (const id of ['9:9', ada])
      expect(await rejection(client().installation(id).accessToken())).toMatchObject({
        name: 'ReauthorizationRequiredError',
        code: 'not_installed',
        retryable: false,
        status: 401,
      })
    expect(fake.calls).toEqual([])
  })

  test.each([
    'nonsense',
    '',
    '1',
    '1:',
    '0:1',
    '01:1',
    '1:2:3',
    ' 1:2',
    '1:2\n',
    '-1:2',
    '1.5:2',
    '9007199254740993:1',
  ])('cannot be called for the malformed id %j: installation() refuses it', (id) => {
    expect(() => createScene().client().installation(id)).toThrow(
      expect.objectContaining({
        name: 'InvalidArgumentError',
        code: 'invalid_argument',
        message: expect.stringContaining('such as 123:456'),
      }),
    )
  })

  test('returns the same token for a company id and a user id as for their joint id', async () => {
    const { oauth } = await createConnectedScene()
    const [companyId, userId] = ada.split(':').map(Number) as [number, number]
    const byIds = oauth.installation({ companyId, userId })
    expect([byIds.id, await byIds.accessToken()]).toEqual([ada, await oauth.installation(ada).accessToken()])
    expect(() => oauth.installation({ companyId, userId: 0 })).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    )
  })

  test('rejects with refresh_pending after waitMs, and the refresh goes on', async () => {
    const { clock, fake, installation } = await createConnectedScene(0)
    const gate = fake.faults.hold({ endpoint: 'token' })
    const hasty = rejection(installation.accessToken({ waitMs: 3 * second }))
    const patient = installation.accessToken()
    await gate.reached
    await clock.advance(3 * second)
    expect(await hasty).toMatchObject({
      name: 'TokenEndpointError',
      code: 'refresh_pending',
      retryable: true,
      status: 503,
    })
    gate.release()
    expect(fake.serverAccepts(await patient)).toBe(true)
  })

  test('returns a valid token or refresh_pending at once if waitMs is 0', async () => {
    const { clock, installation } = await createConnectedScene()
    expect(await installation.accessToken({ waitMs: 0 })).toEqual(await installation.accessToken())
    await clock.advance(2 * hour)
    expect(await failure(installation.accessToken({ waitMs: 0 }))).toBe('refresh_pending')
  })

  test('waits for another process’s refresh no longer than waitMs', async () => {
    const { clock, client, fake, installation } = await createConnectedScene(0)
    const gate = fake.faults.hold({ endpoint: 'token' })
    const holder = installation.accessToken()
    await gate.reached
    const waits = failure(client().installation(ada).accessToken({ waitMs: second }))
    await clock.advance(second)
    expect(await waits).toBe('refresh_pending')
    gate.release()
    expect(fake.serverAccepts(await holder)).toBe(true)
  })

  test('rejects with the reason of its signal, for this caller alone', async () => {
    const { fake, installation, refreshes } = await createConnectedScene(0)
    const gate = fake.faults.hold({ endpoint: 'token' })
    const leaving = new AbortController()
    const left = rejection(installation.accessToken({ signal: leaving.signal }))
    const stays = installation.accessToken()
    await gate.reached
    leaving.abort()
    expect(await left).toMatchObject({ name: 'AbortError' })
    gate.release()
    expect(fake.serverAccepts(await stays)).toBe(true)
    expect(refreshes()).toBe(1)
  })

  test.each([hour, 0])(
    'rejects for an aborted signal and begins nothing (%i ms left)',
    async (lifetimeMs) => {
      const { clock, fake, installation, refreshes } = await createConnectedScene(lifetimeMs)
      fake.clearCalls()
      const reason = new Error('gone')
      expect(await rejection(installation.accessToken({ signal: AbortSignal.abort(reason) }))).toBe(reason)
      await clock.advance(second)
      expect([refreshes(), fake.calls]).toEqual([0, []])
    },
  )

  test('leaves no listener on a signal that lives on', async () => {
    const { installation } = await createConnectedScene(0)
    const signal = new AbortController().signal
    let listeners = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1
      remove(...args)
    }
    await installation.accessToken({ signal })
    await installation.accessToken({ signal })
    expect(listeners).toBeLessThanOrEqual(0)
  })

  test('asks a store that tells of no changes again after cacheMs, and not before', async () => {
    const { clock, installation, troubled } = await createConnectedScene(
      hour,
      { cacheMs: 5 * second },
      { tellsChanges: false },
    )
    await clock.advance(5 * second)
    await installation.accessToken()
    const asked = troubled.calls('get')
    for (let call = 0; call < 50; call++) await installation.accessToken()
    await clock.advance(5 * second - 1)
    await installation.accessToken()
    expect(troubled.calls('get')).toBe(asked)
    await clock.advance(1)
    await installation.accessToken()
    expect(troubled.calls('get')).toBe(asked + 1)
  })

  test('asks the store each time if cacheMs is 0, and sees at once what another process did', async () => {
    const { client, connect, fake, installation, troubled } = await createConnectedScene(hour, { cacheMs: 0 })
    const asked = troubled.calls('get')
    const before = await installation.accessToken()
    await installation.accessToken()
    expect(troubled.calls('get')).toBe(asked + 2)
    const other = client()
    await connect(other)
    expect(await installation.accessToken()).not.toBe(before)
    await other.handleUninstall((await fake.uninstall()).request)
    expect(await failure(installation.accessToken())).toBe('not_installed')
  })

  test.each([
    [31 * second, 0],
    [30 * second - 1, 1],
  ])('with %i ms left makes %i refreshes first, because of minimumValidityMs', async (left, expected) => {
    const { fake, installation, refreshes } = await createConnectedScene(left, { refreshAheadMs: 0 })
    const [old] = fake.installations()[0]!.accessTokens
    const given = await installation.accessToken()
    expect([refreshes(), given === old, fake.serverAccepts(given)]).toEqual([expected, expected === 0, true])
  })

  test('inside the refresh-ahead window returns the old token at once and refreshes it once, in the background', async () => {
    const { client, clock, fake, oauth, installation, refreshes } = await createConnectedScene(4 * minute)
    const gate = fake.faults.hold({ endpoint: 'token', grantType: 'refresh_token' })
    const old = await client({ policy: { refreshAheadMs: 0 } })
      .installation(ada)
      .accessToken()

    const others = [installation, client().installation(ada), client().installation(ada)]
    const given = await Promise.all(others.flatMap((one) => [one.accessToken(), one.accessToken()]))
    expect(new Set(given)).toEqual(new Set([old]))
    await gate.reached
    await clock.advance(5 * second)
    for (const one of others) expect(await one.accessToken()).toBe(old)
    gate.release()
    await oauth.settled()
    await clock.advance(6 * second)

    const renewed = await Promise.all(others.map((one) => one.accessToken()))
    expect(new Set(renewed).size).toBe(1)
    expect(renewed[0]).not.toBe(old)
    expect(refreshes()).toBe(1)
  })

  test('does not fail if a background refresh fails, and leaves no unhandled rejection', async () => {
    const { clock, fake, happened, installation } = await createConnectedScene(4 * minute)
    await fake.uninstall()
    const token = await installation.accessToken()
    expect(token).toEqual(expect.any(String))
    await clock.advance(second)
    expect(happened()).toEqual(['installed', 'reauthorization_required'])
    expect(await failure(installation.accessToken())).toBe('reauthorization_required')
  })

  test('hands background work to waitUntil, so that a runtime keeps it alive', async () => {
    const { client, clock, connect, fake, refreshes } = createScene()
    const kept: Promise<unknown>[] = []
    const oauth = client({ waitUntil: (work) => void kept.push(work) })
    await connect(oauth)
    await clock.advance(56 * minute)
    const old = await oauth.installation(ada).accessToken()
    expect(kept.length).toBeGreaterThan(0)
    await Promise.all(kept)
    expect(refreshes()).toBe(1)
    expect(fake.installations()[0]!.accessTokens.at(-1)).not.toBe(old)
    expect(await oauth.installation(ada).accessToken()).not.toBe(old)
  })
})

describe('settled()', () => {
  test('resolves at once if nothing is in flight', async () => {
    await createScene().client().settled()
  })

  test('resolves when every refresh in flight is saved, also those in the background', async () => {
    const { fake, installation, oauth, refreshes } = await createConnectedScene(4 * minute)
    const gate = fake.faults.hold({ endpoint: 'token' })
    await installation.accessToken()
    await gate.reached
    let isSettled = false
    const settled = oauth.settled().then(() => (isSettled = true))
    await Promise.resolve()
    expect(isSettled).toBe(false)
    gate.release()
    await settled
    expect(refreshes()).toBe(1)
    expect((await installation.describe())?.refreshes).toBe(1)
  })
})

describe('refresh()', () => {
  test('replaces a token that is still valid', async () => {
    const { fake, installation, refreshes } = await createConnectedScene()
    const before = await installation.accessToken()
    await installation.refresh()
    const after = await installation.accessToken()
    expect(after).not.toBe(before)
    expect([fake.serverAccepts(after), refreshes()]).toEqual([true, 1])
  })

  test('is shared by all callers that replace the same token, in two processes', async () => {
    const { client, clock, fake, installation, refreshes } = await createConnectedScene()
    const gate = fake.faults.hold({ endpoint: 'token' })
    const other = client().installation(ada)
    const refreshing = Promise.all([
      installation.refresh(),
      installation.refresh(),
      other.refresh(),
      other.refresh(),
    ])
    await gate.reached
    await clock.advance(second)
    gate.release()
    await refreshing
    expect(refreshes()).toBe(1)
  })

  test('has a waitMs and a signal, too', async () => {
    const { clock, fake, installation } = await createConnectedScene()
    const gate = fake.faults.hold({ endpoint: 'token' })
    const hasty = failure(installation.refresh({ waitMs: second }))
    await gate.reached
    await clock.advance(second)
    expect(await hasty).toBe('refresh_pending')
    const reason = new Error('gone')
    expect(await rejection(installation.refresh({ signal: AbortSignal.abort(reason) }))).toBe(reason)
    gate.release()
  })

  test('rejects if there is nothing to refresh, or Pipedrive refuses', async () => {
    const { client, fake, installation } = await createConnectedScene()
    expect(await failure(client().installation('9:9').refresh())).toBe('not_installed')
    await fake.uninstall()
    expect(await failure(installation.refresh())).toBe('reauthorization_required')
  })

  test('leaves the valid token serving if it fails', async () => {
    const { clock, fake, installation } = await createConnectedScene()
    const before = await installation.accessToken()
    fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 503 }, times: 2 })
    const failed = failure(installation.refresh())
    await clock.advance(second)
    expect(await failed).toBe('token_endpoint_unavailable')
    expect(await installation.accessToken()).toBe(before)
  })
})
