import { createFakePipedrive } from '@pd/fake-pipedrive'
import { describe, expect, test } from 'vitest'
import type { TokenEndpointError } from '../../src/index.ts'
import { ada, createScene, day, failure, hour, inTime, minute, rejection, second } from './scene.ts'

test('F16 after one refusal no request is made for the grant', async () => {
  const { clock, client, connect, fake, happened } = createScene()
  const clients = [client(), client()]
  await connect(clients[0]!)
  await fake.uninstall()
  await clock.advance(2 * hour)
  expect(await failure(clients[0]!.installation(ada).accessToken())).toBe('reauthorization_required')
  fake.clearCalls()

  for (let round = 0; round < 20; round++) {
    await clock.advance(day)
    for (const oauth of clients) {
      const installation = oauth.installation(ada)
      expect(await failure(installation.accessToken())).toBe('reauthorization_required')
      expect(await failure(installation.refresh())).toBe('reauthorization_required')
      expect(await failure(installation.fetch('/api/v2/deals'))).toBe('reauthorization_required')
      expect(await failure(installation.sdk('v2'))).toBe('reauthorization_required')
      expect(await failure(installation.revokeAccessToken())).toBe('reauthorization_required')
      expect(await oauth.keepAlive()).toMatchObject({ refreshed: 0, skipped: 0, failed: 0 })
    }
  }
  expect(fake.calls).toEqual([])
  expect(happened().filter((type) => type !== 'kept_alive')).toEqual([
    'installed',
    'reauthorization_required',
  ])
})

test('F16 a refused record keeps its account and its date, and a new consent replaces it', async () => {
  const { clock, client, connect, fake } = createScene()
  const oauth = client({ scopes: ['deals:full'] })
  await connect(oauth)
  await fake.uninstall()
  await clock.advance(2 * hour)
  await failure(oauth.installation(ada).accessToken())

  expect(await oauth.installation(ada).describe()).toEqual({
    id: ada,
    status: 'reauthorization_required',
    account: {
      companyId: 1001,
      userId: 11,
      companyName: 'Acme Trading',
      companyDomain: 'acme',
      userName: 'Ada Lindqvist',
      email: 'ada@acme.example',
    },
    needsAttention: true,
    installedAt: clock.now() - 2 * hour,
    refreshes: 0,
    scopes: [],
    missingScopes: ['deals:full'],
    disconnected: { since: clock.now(), reason: 'refused' },
  })
  expect(await connect(oauth)).toMatchObject({ firstTime: false })
  expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
})

test('F16 a 401 of an uninstalled app ends in reauthorization_required after one refresh', async () => {
  const { client, connect, fake, refreshes } = createScene()
  const oauth = client()
  await connect(oauth)
  await fake.uninstall()

  expect(await failure(oauth.installation(ada).fetch('/api/v2/deals'))).toBe('reauthorization_required')
  expect(await failure(oauth.installation(ada).fetch('/api/v2/deals'))).toBe('reauthorization_required')
  expect(refreshes()).toBe(1)
})

describe('F17 our own fault', () => {
  test.each([400, 401] as const)(
    'F17 a wrong client secret (status %i) disconnects no user: tokens stay and serve',
    async (invalidClientStatus) => {
      const { clock, client, connect, fake, refreshes } = createScene({ invalidClientStatus })
      const oauth = client()
      await connect(oauth)
      fake.resetClientSecret('another-secret')
      await clock.advance(56 * minute)
      const token = await oauth.installation(ada).accessToken()
      await oauth.settled()
      expect(fake.serverAccepts(token)).toBe(true)
      expect(refreshes()).toBe(1)
      await clock.advance(10 * minute)

      expect(await rejection(oauth.installation(ada).accessToken())).toMatchObject({
        name: 'TokenEndpointError',
        code: 'client_rejected',
        retryable: false,
        status: 500,
      })
      expect(await oauth.installation(ada).describe()).toMatchObject({ status: 'active', refreshes: 0 })
      await clock.advance(minute)
      const repaired = client({ clientSecret: 'another-secret' })
      expect(fake.serverAccepts(await repaired.installation(ada).accessToken())).toBe(true)
    },
  )

  test.each(['unauthorized_client', 'invalid_client'])('F17 %s disconnects no user either', async (error) => {
    const { clock, client, connect, fake } = createScene()
    const oauth = client()
    await connect(oauth)
    await clock.advance(2 * hour)
    fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 401, body: { error } } })
    expect(await failure(oauth.installation(ada).accessToken())).toBe('client_rejected')
    await clock.advance(second)
    expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
  })

  test('F17 the record of another client id does not change, and no request is made for it', async () => {
    const { clock, client, connect, fake, store } = createScene()
    const right = client()
    await connect(right)
    await clock.advance(2 * hour)
    const before = await store.get(ada)
    fake.clearCalls()
    const wrong = client({ clientId: 'the-staging-app' })
    const installation = wrong.installation(ada)

    expect(await failure(installation.accessToken())).toBe('client_rejected')
    expect(await failure(installation.fetch('/api/v2/deals'))).toBe('client_rejected')
    expect(await failure(installation.refresh())).toBe('client_rejected')
    expect(await failure(installation.uninstall())).toBe('client_rejected')
    expect((await wrong.keepAlive({ withinMs: 99 * day })).failures).toEqual([
      { id: ada, code: 'client_rejected' },
    ])
    expect(fake.calls).toEqual([])
    expect(await store.get(ada)).toEqual(before)
    expect(fake.serverAccepts(await right.installation(ada).accessToken())).toBe(true)
  })

  test('F17 the error and the log name both client ids, and what two apps need', async () => {
    const { client, connect, fake } = createScene()
    await connect(client())
    const lines: string[] = []
    const logger = {
      error: (line: string) => void lines.push(line),
      warn: (line: string) => void lines.push(line),
    }
    const wrong = client({ clientId: 'the-staging-app', logger })
    const error = await rejection(wrong.installation(ada).accessToken())
    const said = `This record was written by the client id ${fake.app.clientId}, and this process has the client id the-staging-app.`
    expect(error).toMatchObject({ installationId: ada, message: expect.stringContaining(said) })
    wrong.refusals.tell({
      error: error as TokenEndpointError,
      request: new Request('https://app.example.com/deals'),
      status: 500,
      isRoute: false,
    })
    expect(lines).toEqual([expect.stringContaining('Two apps need two stores')])
    expect(lines[0]).toContain(said)
    expect(lines[0]).not.toContain('Developer Hub')
    expect(await wrong.installation(ada).describe()).toMatchObject({ writtenBy: fake.app.clientId })
    expect(await client().installation(ada).describe()).not.toHaveProperty('writtenBy')
  })

  test('F17 a consent that replaces the record of another client id is told', async () => {
    const { client, connect, fake } = createScene()
    await connect(client({ clientId: fake.app.clientId }))
    const lines: string[] = []
    const logger = { error: () => {}, warn: (line: string) => void lines.push(line) }
    const [otherApp, itsSecret] = ['the-staging-app', 'the-secret-of-staging-0123456789']
    const another = createFakePipedrive({ clientId: otherApp, clientSecret: itsSecret })
    const staging = client({ clientId: otherApp, clientSecret: itsSecret, fetch: another.fetch, logger })
    for (let times = 0; times < 2; times++) {
      const { url, attempt } = await staging.authorize()
      await staging.callback(await another.approve(url), attempt)
    }
    expect(lines).toEqual([
      expect.stringMatching(
        `client id the-staging-app has replaced the record of the client id ${fake.app.clientId}.*foreign_record_replaced, installation ${ada}`,
      ),
    ])
  })

  test('F17 a valid token of another client id is not handed out either', async () => {
    const { client, connect } = createScene()
    await connect(client())
    const wrong = client({ clientId: 'the-staging-app' })
    expect(await failure(wrong.installation(ada).accessToken())).toBe('client_rejected')
    expect(await failure(wrong.installation(ada).accessToken())).toBe('client_rejected')
  })

  test('F17 both client secrets are tried while they change, and an event says when the first is outdated', async () => {
    const { clock, client, connect, events, fake } = createScene()
    const oauth = client({ clientSecret: ['next-secret', fake.app.clientSecret] })
    await connect(oauth)
    expect(events.map(({ type }) => type)).toEqual(['client_secret_outdated', 'installed'])
    await clock.advance(2 * hour)
    expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
    // What worked once is tried first.
    expect(fake.tokenRequests({ status: 400 }).length).toBe(1)

    fake.resetClientSecret('next-secret')
    await clock.advance(2 * hour)
    expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
    expect(fake.tokenRequests({ status: 400 }).length).toBe(2)
    expect(events.filter(({ type }) => type === 'client_secret_outdated').length).toBe(1)
  })

  test('F17 every secret is tried for a first connection, also if requestsPerRefresh is 1', async () => {
    const { clock, client, connect, fake } = createScene({ latencyMs: 200 })
    const oauth = client({
      clientSecret: ['next-secret', fake.app.clientSecret],
      policy: { requestsPerRefresh: 1 },
    })
    expect((await inTime(clock, connect(oauth))).installation.id).toBe(ada)
    await inTime(clock, oauth.installation(ada).uninstall())
    expect(fake.installations()).toEqual([])
  })
})
