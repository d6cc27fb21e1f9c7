import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ada, createScene, failure, minute, rejection } from '../../flow/scene.ts'

const basic = (text: string) => `Basic ${btoa(text)}`

/** A notice as Pipedrive would send it, with other parts. */
function createNoticeScene() {
  const scene = createScene()
  const oauth = scene.client()
  /** A user connects, a minute before the notice. */
  const connect: typeof scene.connect = async (client, user) => {
    const connected = await scene.connect(client, user)
    await scene.clock.advance(minute)
    return connected
  }
  const { clientId, clientSecret, redirectUri } = scene.fake.app
  const own = {
    client_id: clientId,
    company_id: 1001,
    user_id: 11,
    timestamp: new Date(scene.clock.now() + minute),
  }
  const notice = (body: unknown, authorization: string | null = basic(`${clientId}:${clientSecret}`)) =>
    new Request(redirectUri, {
      method: 'DELETE',
      headers: authorization === null ? {} : { authorization },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return { ...scene, connect, oauth, own, notice }
}

describe('handleUninstall()', () => {
  test.each([
    ['numbers', {}],
    ['strings', { company_id: '1001', user_id: '11' }],
    ['no client id', { client_id: undefined }],
  ])('removes the installation (%s)', async (_, change) => {
    const { connect, notice, oauth, own, store } = createNoticeScene()
    await connect(oauth)
    expect(await oauth.handleUninstall(notice({ ...own, ...change }))).toEqual({
      installationId: ada,
      removed: true,
    })
    expect(await store.get(ada)).toBeUndefined()
  })

  const timeless = [undefined, null, 'yesterday', {}, 'Thu, 01 Jan 2026 00:00:00 GMT'].map((timestamp) => ({
    timestamp,
  }))

  test.each(timeless)(
    'F21 a notice without a readable time ($timestamp) removes a grant that has ended, however often the user comes back',
    async (change) => {
      const { connect, fake, notice, oauth, own, store } = createNoticeScene()
      for (let round = 0; round < 2; round++) {
        await connect(oauth)
        await fake.uninstall()
        const removed = { installationId: ada, removed: true }
        expect(await oauth.handleUninstall(notice({ ...own, ...change }))).toEqual(removed)
        expect(await store.get(ada)).toBeUndefined()
      }
    },
  )

  test.each(timeless)(
    'F21 a notice without a readable time ($timestamp) leaves the installation that the user has made since, until that one ends',
    async (change) => {
      const { connect, fake, happened, notice, oauth, own } = createNoticeScene()
      await connect(oauth)
      await fake.uninstall()
      await connect(oauth)
      const late = () => oauth.handleUninstall(notice({ ...own, ...change }))
      expect(await late()).toEqual({ installationId: ada, removed: false })
      expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
      expect(happened()).toEqual(['installed', 'installed', 'refreshed', 'uninstall_ignored'])
      await fake.uninstall()
      expect((await late()).removed).toBe(true)
    },
  )

  test('ends other clients’ tokens once their memory has expired', async () => {
    const { client, clock, connect, notice, oauth, own } = createNoticeScene()
    await connect(oauth)
    const other = client()
    await other.installation(ada).accessToken()
    await oauth.handleUninstall(notice(own))
    await clock.advance(oauth.policy.cacheMs)
    expect(await failure(other.installation(ada).accessToken())).toBe('not_installed')
  })

  test.each([
    ['none', null],
    ['another secret', basic('fake-client-id:wrong')],
    ['another client id', basic('other:fake-client-secret')],
    ['no secret', basic('fake-client-id:')],
    ['the secret and more', basic('fake-client-id:fake-client-secret!')],
    ['a part of the secret', basic('fake-client-id:fake-client-secre')],
    ['a bearer token', 'Bearer fake-client-secret'],
    ['no base64', 'Basic %%%'],
    ['the scheme alone', 'Basic'],
  ])('refuses credentials that are %s, and removes nothing', async (_, authorization) => {
    const { connect, notice, oauth, own, store } = createNoticeScene()
    await connect(oauth)
    expect(await rejection(oauth.handleUninstall(notice(own, authorization)))).toMatchObject({
      name: 'ForbiddenRequestError',
      code: 'bad_credentials',
      status: 401,
    })
    expect(await store.get(ada)).toBeDefined()
  })

  test.each(['basic', 'BASIC', 'Basic  '])('accepts the scheme spelled "%s"', async (scheme) => {
    const { connect, notice, oauth, own } = createNoticeScene()
    await connect(oauth)
    const credentials = btoa('fake-client-id:fake-client-secret')
    expect((await oauth.handleUninstall(notice(own, `${scheme} ${credentials}`))).removed).toBe(true)
  })

  test('accepts each of several client secrets', async () => {
    const { client, connect, fake, notice, oauth, own } = createNoticeScene()
    await connect(oauth)
    const changing = client({ clientSecret: ['next', fake.app.clientSecret] })
    expect((await changing.handleUninstall(notice(own, basic('fake-client-id:next')))).removed).toBe(true)
    await connect(oauth)
    expect(await failure(oauth.handleUninstall(notice(own, basic('fake-client-id:next'))))).toBe(
      'bad_credentials',
    )
  })

  test.each([
    ['nothing', ''],
    ['no JSON', 'uninstall 1001 11'],
    ['null', 'null'],
    ['an array', []],
    ['no user', { company_id: 1001 }],
    ['a user of zero', { company_id: 1001, user_id: 0 }],
    ['a negative company', { company_id: -1, user_id: 11 }],
    ['a fraction', { company_id: 1001, user_id: 11.5 }],
    ['an id with letters', { company_id: '1001', user_id: '11a' }],
    ['an id too large to count', { company_id: 1001, user_id: 2 ** 60 }],
    ['another app', { client_id: 'other', company_id: 1001, user_id: 11 }],
    ['20 000 characters more than it needs', { company_id: 1001, user_id: 11, padding: 'x'.repeat(20_000) }],
  ])('refuses a notice of %s, and removes nothing', async (_, body) => {
    const { connect, notice, oauth, store } = createNoticeScene()
    await connect(oauth)
    expect(await rejection(oauth.handleUninstall(notice(body)))).toMatchObject({
      name: 'ForbiddenRequestError',
      code: 'malformed_notice',
      status: 400,
    })
    expect(await store.get(ada)).toBeDefined()
  })
})

describe('handleSharing()', () => {
  const shared = (body: string) =>
    new Request('http://localhost:3000/pipedrive/callback', { method: 'POST', body })

  test('emits an event and changes nothing', async () => {
    const { client, connect, events, fake, store } = createScene()
    const oauth = client()
    await connect(oauth)
    const before = await store.get(ada)
    expect(await oauth.handleSharing(fake.share(ada))).toEqual({
      companyId: 1001,
      userId: 11,
      isShared: true,
    })
    await oauth.handleSharing(fake.share(ada, { isShared: false }))
    expect(events.slice(1)).toMatchObject([
      { type: 'sharing_changed', installationId: ada, isShared: true },
      { type: 'sharing_changed', installationId: ada, isShared: false },
    ])
    expect(await store.get(ada)).toEqual(before)
  })

  test('F75 emits nothing for an installation that does not exist', async () => {
    const { client, connect, fake, happened } = createScene()
    const oauth = client()
    await connect(oauth)
    expect(await oauth.handleSharing(fake.share('1001:12'))).toMatchObject({ userId: 12 })
    expect(happened()).toEqual(['installed'])
  })

  test.each([
    '',
    '{}',
    'null',
    '{"company_id":1,"user_id":2}',
    '{"company_id":1,"user_id":2,"isShared":"yes"}',
  ])('refuses %s', async (body) => {
    const { client, events } = createScene()
    expect(await failure(client().handleSharing(shared(body)))).toBe('malformed_notice')
    expect(events).toEqual([])
  })
})

describe('verifyExtensionToken()', () => {
  const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  /** Returns a token made without the library, with any header. */
  const token = (header: object, claims: object, secret: string, hash = 'sha256') => {
    const signed = `${base64url(header)}.${base64url(claims)}`
    return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`
  }
  const claimsAt = (now: number) => ({ userId: 11, companyId: 1001, exp: Math.floor(now / 1_000) + 300 })

  test('returns the user and the company', async () => {
    const { client, fake } = createScene()
    expect(await client().verifyExtensionToken(await fake.extensionToken('1002:21'))).toEqual({
      companyId: 1002,
      userId: 21,
      installationId: '1002:21',
    })
  })

  test('reads ids that are strings, and verifies a token made by other code', async () => {
    const { client, clock, fake } = createScene()
    const claims = { ...claimsAt(clock.now()), userId: '11', companyId: '1001' }
    const jwt = token({ alg: 'HS256', typ: 'JWT' }, claims, fake.app.clientSecret)
    expect((await client().verifyExtensionToken(jwt)).installationId).toBe(ada)
  })

  test('tries every secret: the extension’s own, or each client secret', async () => {
    const { client, fake } = createScene()
    const own = await fake.extensionToken(undefined, { secret: 'the-secret-of-the-panel' })
    const oauth = client({ clientSecret: ['next', fake.app.clientSecret] })
    const secrets = ['the-secret-of-the-modal', 'the-secret-of-the-panel']
    expect((await oauth.verifyExtensionToken(own, { secrets })).installationId).toBe(ada)
    expect((await oauth.verifyExtensionToken(await fake.extensionToken())).installationId).toBe(ada)
    expect(await failure(oauth.verifyExtensionToken(own))).toBe('bad_signature')
    expect(await failure(oauth.verifyExtensionToken(await fake.extensionToken(), { secrets }))).toBe(
      'bad_signature',
    )
  })

  test.each([
    ['without exp', { claims: { exp: undefined } }],
    ['without a user', { claims: { userId: undefined } }],
    ['without a company', { claims: { companyId: undefined } }],
    ['for a user that is no number', { claims: { userId: 'root' } }],
    ['signed with another secret', { secret: 'another-secret' }],
  ])('refuses a token %s', async (_, options) => {
    const { client, fake } = createScene()
    expect(
      await rejection(client().verifyExtensionToken(await fake.extensionToken(ada, options))),
    ).toMatchObject({ name: 'ForbiddenRequestError', code: 'bad_signature', status: 401 })
  })

  test('refuses every algorithm but HS256, and every change of a good token', async () => {
    const { client, clock, fake } = createScene()
    const oauth = client()
    const secret = fake.app.clientSecret
    const claims = claimsAt(clock.now())
    const good = await fake.extensionToken()
    const [header, payload, signature] = good.split('.') as [string, string, string]
    const forged = [
      `${base64url({ alg: 'none' })}.${base64url(claims)}.`,
      `${base64url({ alg: 'None' })}.${base64url(claims)}.${signature}`,
      token({ alg: 'HS512' }, claims, secret, 'sha512'),
      token({ alg: 'HS384' }, claims, secret, 'sha384'),
      token({ alg: 'RS256' }, claims, secret),
      token({}, claims, secret),
      token({ alg: 'HS256', crit: ['exp'] }, claims, secret),
      `${header}.${base64url({ ...claims, userId: 12 })}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${header}.${payload}.${signature.slice(0, -2)}`,
      `${good}.x`,
      'not a token',
      '',
    ]
    for (const jwt of forged) expect(await failure(oauth.verifyExtensionToken(jwt))).toBe('bad_signature')
    expect((await oauth.verifyExtensionToken(good)).installationId).toBe(ada)
    const byHand = token({ alg: 'HS256' }, claims, secret)
    expect((await oauth.verifyExtensionToken(byHand)).installationId).toBe(ada)
  })
})
