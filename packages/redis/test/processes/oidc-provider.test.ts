import type { InstallationId } from '@pd/oauth-core'
import { startOidcServer, type OidcServer } from '@pd/test-support/oidc'
import { startRedis, type RedisServer } from '@pd/test-support/redis'
import { openApp, patientPolicy, startWorker, type App, type Worker } from '@pd/test-support/scene'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { at, opener } from './opener.ts'

const hour = 3_600_000
const ada: InstallationId = '1001:11'

const opened = new AsyncDisposableStack()
let redis: RedisServer
let server: OidcServer
beforeAll(async () => {
  redis = opened.use(await startRedis())
  server = opened.use(await startOidcServer({ latencyMs: 50 }))
})
afterAll(() => opened.disposeAsync())

/** An application whose user is connected, and other processes of it. */
async function connected(processes: number): Promise<{ app: App; workers: Worker[] }> {
  const { address } = at({ port: redis.port })
  const setup = { origin: server.origin, policy: patientPolicy }
  const app = opened.use(openApp(opener.open(address), setup))
  const { url, attempt } = await app.oauth.authorize()
  await app.oauth.callback(await server.approve(url, ada), attempt)
  const start = async () => opened.use(await startWorker({ module: opener.module, address, ...setup }))
  return { app, workers: await Promise.all(Array.from({ length: processes }, start)) }
}

test('the whole flow works with an authorization server that nobody here wrote', async () => {
  const { app } = await connected(0)
  const installation = app.oauth.installation(ada)

  expect(await installation.describe()).toMatchObject({ status: 'active', scopes: ['base', 'deals:full'] })
  const first = await installation.accessToken()
  expect(await server.accepts(first)).toBe(true)
  await installation.refresh()
  const second = await installation.accessToken()
  expect(second).not.toBe(first)
  const me = await installation.fetch('/api/v1/users/me')
  expect(await me.json()).toMatchObject({ data: { id: 11, company_id: 1_001 } })

  await installation.uninstall()
  expect(await server.accepts(second)).toBe(false)
  await expect(installation.accessToken()).rejects.toMatchObject({ code: 'not_installed' })
  expect(server.reuses).toBe(0)
})

test('F02 stampedes of several processes over Redis never send a rotated refresh token twice', async () => {
  const { app, workers } = await connected(4)

  for (let round = 1; round <= 3; round++) {
    for (const worker of workers) await worker.run('advanceClock', hour)
    app.advanceClock(hour)
    const before = server.tokenRequests.length
    const outcomes = await Promise.all(
      workers.map((worker) => worker.run('tokens', { ids: [ada], callers: 20 })),
    )

    expect(server.tokenRequests.slice(before)).toEqual([{ grantType: 'refresh_token', status: 200 }])
    expect(outcomes.flatMap(({ refused }) => refused)).toEqual([])
    const tokens = new Set(outcomes.flatMap(({ tokens }) => tokens))
    expect(tokens.size).toBe(1)
    for (const token of tokens) expect(await server.accepts(token)).toBe(true)
  }
  expect(server.reuses).toBe(0)
})

test('a grant that ends elsewhere asks its user to connect again, in every process', async () => {
  const { app, workers } = await connected(2)
  const token = await app.oauth.installation(ada).accessToken()

  await server.endGrants(ada)

  expect(await server.accepts(token)).toBe(false)
  await expect(app.oauth.installation(ada).fetch('/api/v1/users/me')).rejects.toMatchObject({
    code: 'reauthorization_required',
  })
  for (const worker of workers)
    expect(await worker.run('tokens', { ids: [ada] })).toMatchObject({
      refused: ['reauthorization_required'],
    })

  const { url, attempt } = await app.oauth.authorize()
  await app.oauth.callback(await server.approve(url, ada), attempt)
  expect(await server.accepts(await app.oauth.installation(ada).accessToken())).toBe(true)
})

test('an access token that is revoked takes its whole grant along, as this server has it', async () => {
  const { app } = await connected(0)
  const installation = app.oauth.installation(ada)

  await installation.revokeAccessToken()

  await expect(installation.accessToken()).rejects.toMatchObject({ code: 'reauthorization_required' })
  expect(await installation.describe()).toMatchObject({ status: 'reauthorization_required' })
})

test('the server sees the reuse of a rotated refresh token, and ends the grant', async () => {
  const { url, attempt } = await opened
    .use(
      openApp(opener.open(at({ port: redis.port }).address), {
        origin: server.origin,
        policy: patientPolicy,
      }),
    )
    .oauth.authorize()
  expect(attempt).not.toBe('')
  const code = new URL(await server.approve(url, '1001:12')).searchParams.get('code') ?? ''
  const send = async (form: Record<string, string>) => {
    const response = await fetch(`${server.origin}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('fake-client-id:fake-client-secret')}` },
      body: new URLSearchParams(form),
    })
    return (await response.json()) as { refresh_token: string; error?: string }
  }
  const redirectUri = 'http://localhost:3000/pipedrive/callback'
  const first = await send({ grant_type: 'authorization_code', code, redirect_uri: redirectUri })
  const second = await send({ grant_type: 'refresh_token', refresh_token: first.refresh_token })
  const before = server.reuses

  const again = await send({ grant_type: 'refresh_token', refresh_token: first.refresh_token })

  expect(again.error).toBe('invalid_grant')
  expect(server.reuses).toBe(before + 1)
  expect(await send({ grant_type: 'refresh_token', refresh_token: second.refresh_token })).toMatchObject({
    error: 'invalid_grant',
  })
})
