import { describe, expect, test } from 'vitest'
import { ada, createScene, failure, hour, rejection, second } from './scene.ts'

const revocations = ({ fake }: Pick<ReturnType<typeof createScene>, 'fake'>) =>
  fake.calls.filter((call) => call.endpoint === 'revoke')

describe('revokeAccessToken()', () => {
  test('makes Pipedrive forget the access token alone; the next call refreshes', async () => {
    const { client, connect, fake, refreshes } = createScene()
    const oauth = client()
    await connect(oauth)
    const installation = oauth.installation(ada)
    const token = await installation.accessToken()
    await installation.revokeAccessToken()

    expect(fake.serverAccepts(token)).toBe(false)
    expect(fake.installations().length).toBe(1)
    expect(revocations({ fake })).toMatchObject([{ accessToken: token }])
    const next = await installation.accessToken()
    expect([fake.serverAccepts(next), refreshes()]).toEqual([true, 1])
  })

  test('is no error if the token is revoked already, or twice in a row', async () => {
    const { client, connect, fake } = createScene()
    const oauth = client()
    await connect(oauth)
    fake.killAccessTokens()
    await oauth.installation(ada).revokeAccessToken()
    await oauth.installation(ada).revokeAccessToken()
    expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
  })

  test('rejects if the app is not installed, Pipedrive is down, or the credentials are refused', async () => {
    const { client, clock, connect, fake } = createScene()
    const oauth = client()
    expect(await failure(oauth.installation(ada).revokeAccessToken())).toBe('not_installed')
    await connect(oauth)
    const away = { type: 'status', status: 503, headers: { 'retry-after': '7' } } as const
    fake.faults.add({ endpoint: 'revoke', fault: away })
    const failed = rejection(oauth.installation(ada).revokeAccessToken())
    await clock.advance(second)
    expect(await failed).toMatchObject({
      code: 'token_endpoint_unavailable',
      installationId: ada,
      retryAfterMs: 7 * second,
      cause: expect.any(Error),
    })
    await clock.advance(7 * second)
    fake.resetClientSecret()
    expect(await failure(oauth.installation(ada).revokeAccessToken())).toBe('client_rejected')
    expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
  })
})

describe('uninstall()', () => {
  test('ends the installation on both sides', async () => {
    const { client, connect, fake, events, store } = createScene()
    const oauth = client()
    const { account } = await connect(oauth)
    await oauth.installation(ada).uninstall()
    expect(fake.installations()).toEqual([])
    expect(await store.get(ada)).toBeUndefined()
    expect(events.at(-1)).toMatchObject({ type: 'uninstalled', installationId: ada, account })
    expect(await failure(oauth.installation(ada).accessToken())).toBe('not_installed')
  })

  test('revokes first: while Pipedrive is down the record stays, and a later try succeeds', async () => {
    const { client, clock, connect, fake, store } = createScene()
    const oauth = client()
    await connect(oauth)
    const before = await store.get(ada)
    for (const fault of [{ type: 'status', status: 503 }, { type: 'reset' }, { type: 'html' }] as const) {
      fake.faults.add({ endpoint: 'revoke', fault, times: 2 })
      const failed = failure(oauth.installation(ada).uninstall())
      await clock.advance(second)
      expect(await failed).toBe('token_endpoint_unavailable')
      expect(await store.get(ada)).toEqual(before)
    }
    expect(fake.installations().length).toBe(1)
    await oauth.installation(ada).uninstall()
    expect([fake.installations(), await store.get(ada)]).toEqual([[], undefined])
  })

  test('retries after one temporary failure, and a lost answer does no harm', async () => {
    const { client, clock, connect, fake, store } = createScene()
    const oauth = client()
    await connect(oauth)
    fake.faults.dropAfterCommit({ endpoint: 'revoke' })
    const ended = oauth.installation(ada).uninstall()
    await clock.advance(second)
    await ended
    expect([fake.installations(), await store.get(ada)]).toEqual([[], undefined])
  })

  test('does nothing if there is no record, also twice or at once', async () => {
    const { client, connect, fake, happened } = createScene()
    const oauth = client()
    await oauth.installation(ada).uninstall()
    expect(fake.calls).toEqual([])
    await connect(oauth)
    await Promise.all([oauth.installation(ada).uninstall(), client().installation(ada).uninstall()])
    await oauth.installation(ada).uninstall()
    expect(happened()).toEqual(['installed', 'uninstalled'])
  })

  test('deletes the record of a grant that Pipedrive has ended, without a request', async () => {
    const { client, clock, connect, fake, store } = createScene()
    const oauth = client()
    await connect(oauth)
    await fake.uninstall()
    await clock.advance(2 * hour)
    await failure(oauth.installation(ada).accessToken())
    await oauth.installation(ada).uninstall()
    expect(await store.get(ada)).toBeUndefined()
    expect(revocations({ fake })).toEqual([])
  })

  test('revokes the newer refresh token, too, when a refresh rotated it in between', async () => {
    const { client, connect, fake, store } = createScene({ rotateRefreshTokens: true, reuseDetection: false })
    const oauth = client()
    await connect(oauth)
    const gate = fake.faults.hold({ endpoint: 'revoke' })
    const ended = oauth.installation(ada).uninstall()
    await gate.reached
    await client().installation(ada).refresh()
    gate.release()
    await ended
    expect(fake.installations()).toEqual([])
    expect(await store.get(ada)).toBeUndefined()
    expect(revocations({ fake }).length).toBe(2)
  })

  test('does not wait for a refresh in flight, and is not undone by it', async () => {
    const { client, clock, connect, fake, store } = createScene({ rotateRefreshTokens: true })
    const oauth = client()
    await connect(oauth)
    await clock.advance(2 * hour)
    const gate = fake.faults.hold({ endpoint: 'token', grantType: 'refresh_token' })
    const held = failure(oauth.installation(ada).accessToken())
    await gate.reached
    await oauth.installation(ada).uninstall()
    expect(await store.get(ada)).toBeUndefined()
    gate.release()
    expect(await held).toBe('not_installed')
    await oauth.settled()
    expect([fake.installations(), await store.get(ada)]).toEqual([[], undefined])
  })

  test('F19 F20 beside a refresh of another process discards what that brings too late, and revokes no newer grant', async () => {
    const { client, clock, connect, fake, heard, store } = createScene({ rotateRefreshTokens: true })
    const [oauth, other] = [client(), client()]
    await connect(oauth)
    await clock.advance(2 * hour)
    const gate = fake.faults.hold({ endpoint: 'token', grantType: 'refresh_token', when: 'after' })
    const late = other.installation(ada).accessToken()
    await gate.reached
    await oauth.installation(ada).uninstall()
    expect(await store.get(ada)).toBeUndefined()
    await connect(oauth)
    const revoked = revocations({ fake }).length
    gate.release()
    const token = await late
    await other.settled()
    expect(heard.filter(({ type }) => type === 'refresh_discarded')).toHaveLength(1)
    expect(revocations({ fake })).toHaveLength(revoked)
    expect([fake.serverAccepts(token), await oauth.installation(ada).accessToken()]).toEqual([true, token])
  })
})
