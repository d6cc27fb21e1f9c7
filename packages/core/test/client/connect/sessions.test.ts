import { describe, expect, test, vi } from 'vitest'
import { ada, createScene, day, failure, hour, minute, second, skewed } from '../../flow/scene.ts'

async function createSignedInScene() {
  const scene = createScene()
  const oauth = scene.client()
  await scene.connect(oauth)
  const session = await oauth.issueSession(ada, 30 * day)
  return { ...scene, oauth, session }
}

describe('a session', () => {
  test('names its installation in every process, until it expires', async () => {
    const { client, clock, oauth, session } = await createSignedInScene()
    expect([await oauth.readSession(session), await client().readSession(session)]).toEqual([ada, ada])
    await clock.advance(30 * day - 1)
    expect(await oauth.readSession(session)).toBe(ada)
    await clock.advance(1)
    expect(await oauth.readSession(session)).toBeUndefined()
  })

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '60000', undefined])(
    'is not issued for the lifetime %s, nor for a malformed id',
    async (lifetimeMs) => {
      const { oauth } = await createSignedInScene()
      expect(await failure(oauth.issueSession(ada, lifetimeMs as number))).toBe('invalid_argument')
      expect(await failure(oauth.hasConnected([], lifetimeMs as number))).toBe('invalid_argument')
      for (const id of ['1001', '1001:11:2', '', undefined])
        expect(await failure(oauth.issueSession(id as never, day))).toBe('invalid_argument')
    },
  )

  test('F98 of a repeated callback ends with those of the first answer', async () => {
    const { clock, fake, oauth } = await createSignedInScene()
    const { url, attempt } = await oauth.authorize()
    const address = await fake.approve(url)
    const first = await oauth.answerCallback(address, attempt)
    if (first.type !== 'connected') throw new Error(first.type)
    const issued = async ({ sessions }: { readonly sessions: string | undefined }) =>
      oauth.readSession(await oauth.issueSession(ada, day, { sessions }))
    expect(await issued(first)).toBe(ada)
    await clock.advance(minute)
    await oauth.endSessions(ada)
    const again = await oauth.answerCallback(address, first.attempt)
    if (again.type !== 'connected') throw new Error(again.type)
    expect([again.sessions, await issued(first), await issued(again)]).toEqual([
      first.sessions,
      undefined,
      undefined,
    ])
    expect(await oauth.readSession(await oauth.issueSession(ada, day))).toBe(ada)
    for (const sessions of ['', 5, null])
      expect(await failure(oauth.issueSession(ada, day, { sessions: sessions as string }))).toBe(
        'invalid_argument',
      )
  })

  test('F70 ends with an uninstall, and stays ended after a re-install', async () => {
    const { client, clock, connect, oauth, session } = await createSignedInScene()
    await oauth.installation(ada).uninstall()
    expect(await oauth.readSession(session)).toBeUndefined()
    await clock.advance(minute)
    await connect(client())
    expect(await oauth.readSession(session)).toBeUndefined()
    expect(await client().readSession(session)).toBeUndefined()
  })

  test('F70 of a grant that was dead does not come back with the next one', async () => {
    const { clock, connect, fake, oauth, session } = await createSignedInScene()
    await fake.uninstall()
    await clock.advance(2 * hour)
    await failure(oauth.installation(ada).accessToken())
    await connect(oauth)
    expect(await oauth.readSession(session)).toBeUndefined()
  })

  test('whose secret a process lacks is refused there, and the log says what to do, once a minute', async () => {
    const { client, clock, session } = await createSignedInScene()
    const logger = { error: vi.fn(), warn: vi.fn() }
    const changed = client({ secrets: ['another-secret-that-is-long-0002'], logger })
    expect(await changed.readSession(session)).toBeUndefined()
    expect(await changed.readSession(session)).toBeUndefined()
    expect(logger.warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining('a session was sealed with a secret that is not in `secrets`'),
      expect.objectContaining({ code: 'unknown_key', action: expect.stringContaining('behind the new one') }),
    )
    await clock.advance(minute)
    expect(await changed.readSession(session)).toBeUndefined()
    expect(logger.warn).toHaveBeenCalledTimes(2)
    expect(logger.error).not.toHaveBeenCalled()
  })

  test('that is not sealed at all is refused, without a line in the log', async () => {
    const { client } = await createSignedInScene()
    const logger = { error: vi.fn(), warn: vi.fn() }
    for (const text of ['', 'a', 'a.b.c.d.e', 'eyJhbGciOiJkaXIifQ....'])
      expect(await client({ logger }).readSession(text)).toBeUndefined()
    expect(logger.warn).not.toHaveBeenCalled()
  })

  test('goes on when the user connects once more, in another browser', async () => {
    const { client, clock, connect, session } = await createSignedInScene()
    await clock.advance(day)
    await connect(client())
    expect(await client().readSession(session)).toBe(ada)
  })

  test('F70 ends with endSessions(), in every process', async () => {
    const { client, clock, oauth, session } = await createSignedInScene()
    await clock.advance(hour)
    const other = client()
    expect(await oauth.endSessions(ada)).toBe(true)
    expect([await oauth.readSession(session), await other.readSession(session)]).toEqual([
      undefined,
      undefined,
    ])
  })

  test('F70 endSessions() also ends a session by a clock that is ahead, and the next consent signs in at once', async () => {
    const { client, clock, oauth, connect } = await createSignedInScene()
    const issued = await client({ clock: skewed(clock, 4 * second) }).issueSession(ada, day)
    await clock.advance(second)
    expect(await oauth.readSession(issued)).toBe(ada)
    await oauth.endSessions(ada)
    expect(await oauth.readSession(issued)).toBeUndefined()
    await connect(oauth)
    expect(await oauth.readSession(await oauth.issueSession(ada, day))).toBe(ada)
  })

  test('endSessions() says whether there is such an installation', async () => {
    const { oauth } = await createSignedInScene()
    expect(await oauth.endSessions('9:9')).toBe(false)
    expect(await failure(oauth.endSessions('nobody' as never))).toBe('invalid_argument')
  })

  test.each([
    ['client id', { clientId: 'another-app' }],
    ['origin', { redirectUri: 'https://staging.example.com/pipedrive/callback' }],
    ['secret', { secrets: ['another-secret-that-is-long-enough-1'] }],
  ])('F72 of an app with another %s is not accepted, nor its attempts', async (_, other) => {
    const { client, oauth, session } = await createSignedInScene()
    const stranger = client(other)
    expect(await stranger.readSession(session)).toBeUndefined()
    const { attempt, state } = await oauth.authorize()
    const callback = `https://app.example.com/callback?code=c&state=${state}`
    expect(await failure(stranger.callback(callback, attempt))).toBe('state_mismatch')
  })

  test('costs no read of the store while memory can answer', async () => {
    const { oauth, session, store } = await createSignedInScene()
    await oauth.readSession(session)
    const get = store.get
    let reads = 0
    store.get = (id) => {
      reads += 1
      return get(id)
    }
    for (let request = 0; request < 20; request++) await oauth.readSession(session)
    expect(reads).toBe(0)
  })
})
