import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Fault } from '@pd/fake-pipedrive'
import { createOAuthHandler, type Logger, type PipedriveOAuth } from '../../src/index.ts'
import { Browser, locationOf } from '../web/browser.ts'
import { outputCollector, type OutputCollector } from './output-collector.ts'
import { ada, collected, createScene, day, hour, minute, sealingSecret, second } from './scene.ts'
import { rejects, troubledStore } from './troubled-store.ts'

let output: OutputCollector
const consoleMethods = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const
const originals = consoleMethods.map((name) => [name, console[name]] as const)

beforeEach(() => {
  output = outputCollector()
  for (const name of consoleMethods) console[name] = (...parts: unknown[]) => parts.forEach(output.see)
})
afterEach(() => {
  for (const [name, method] of originals) console[name] = method
})

/** A scene that collects all output and knows every secret. */
function createWatchedScene(fakeOptions: Parameters<typeof createScene>[0] = {}) {
  const clientSecret = 'the-client-secret-7d1f0c55'
  const scene = createScene({ clientSecret, rotateRefreshTokens: true, ...fakeOptions })
  const troubled = troubledStore(scene.store)
  output.secret(clientSecret, sealingSecret, ...scene.fake.users.map(({ apiToken }) => apiToken))
  const watchedFetch: typeof fetch = async (input, init) => {
    const response = await scene.fake.fetch(input, init)
    learn(
      await response
        .clone()
        .text()
        .catch(() => ''),
    )
    if (typeof init?.body === 'string')
      learn(JSON.stringify(Object.fromEntries(new URLSearchParams(init.body))))
    output.secret(new Headers(init?.headers).get('authorization')?.split(' ')[1])
    return response
  }
  const learn = (text: string) => {
    for (const [, value] of text.matchAll(/"(?:access_token|refresh_token|code|token|api_token)":"([^"]+)"/g))
      output.secret(value)
  }
  const seeLine: Logger['error'] = (message, details) => {
    output.see(message)
    output.see(details)
  }
  const oauth = scene.client({
    store: troubled.store,
    fetch: watchedFetch,
    onEvent: output.see,
    logger: { error: seeLine, warn: seeLine },
  })
  const lookAt = async (one: PipedriveOAuth = oauth) => {
    const installation = one.installation(ada)
    for (const value of [one, installation, installation.fetch, installation.api, one.policy])
      output.see(value)
    output.see(await seenOf(installation.describe()))
    output.see(await seenOf(collected(one.installations())))
    await scene.clock.advance(second)
    output.see(await seenOf(one.keepAlive({ withinMs: 100 * day })))
    output.see(await seenOf(one.health()))
  }
  return { ...scene, oauth, troubled, lookAt }
}

/** Returns the result or the error of a promise: both may be logged. */
async function seenOf(work: Promise<unknown>): Promise<unknown> {
  const [result] = await Promise.allSettled([work])
  return result.status === 'fulfilled' ? result.value : result.reason
}

const tokenTroubles: readonly Fault[] = [
  { type: 'status', status: 503 },
  { type: 'status', status: 400, body: { error: 'invalid_client', message: 'Invalid client' } },
  { type: 'status', status: 400, body: { error: 'invalid_request', message: 'Bad' } },
  { type: 'status', status: 400, body: { error: 'invalid_grant', message: 'Invalid grant' } },
  { type: 'rate_limited', retryAfterSeconds: 9 },
  { type: 'html' },
  { type: 'reset' },
  { type: 'cut' },
  { type: 'truncated' },
  { type: 'empty' },
  { type: 'override', fields: { token_type: 'mac' } },
  { type: 'override', fields: { refresh_token: 12_345_678 } },
  { type: 'override', fields: { api_domain: 'https://evil.example' } },
  { type: 'omit', fields: ['access_token'] },
  { type: 'omit', fields: ['refresh_token', 'expires_in', 'scope', 'api_domain'] },
]

describe('F32 no output channel ever shows a secret', () => {
  test.each(tokenTroubles)('F32 when a refresh meets %o', async (fault) => {
    const { clock, connect, fake, lookAt, oauth } = createWatchedScene()
    output.see(await connect(oauth))
    await clock.advance(2 * hour)
    fake.faults.add({ endpoint: 'token', fault, times: 3 })
    const installation = oauth.installation(ada)
    for (const ask of [
      () => installation.accessToken(),
      () => installation.fetch('/api/v2/deals'),
      () => installation.api('/api/v2/deals'),
      () => installation.refresh(),
    ]) {
      const asked = seenOf(ask())
      await clock.advance(second)
      const result = await asked
      if (typeof result === 'string') output.secret(result)
      else output.see(result)
    }
    await lookAt()
    expect(output.leaks()).toEqual([])
    expect(output.seen).toBeGreaterThan(20)
  })

  test.each(tokenTroubles)('F32 when a callback meets %o', async (fault) => {
    const { clock, fake, lookAt, oauth } = createWatchedScene()
    const handler = createOAuthHandler(oauth)
    output.see(handler)
    fake.faults.add({ endpoint: 'token', fault, times: 2 })
    for (const accept of ['text/html', 'application/json']) {
      const browser = new Browser(handler)
      const begun = await browser.send('http://localhost:3000/pipedrive/install?returnTo=/private')
      output.see([...begun.headers])
      const callback = await fake.approve(locationOf(begun))
      output.secret(new URL(callback).searchParams.get('code') ?? undefined)
      for (let time = 0; time < 2; time++) {
        const ending = browser.send(callback, { headers: { accept } })
        await clock.advance(second)
        const response = await ending
        output.see([...response.headers])
        output.see(await response.text())
      }
    }
    await lookAt()
    expect(output.leaks()).toEqual([])
  })

  test('F32 when the store fails before, during and after a refresh', async () => {
    const { clock, connect, fake, lookAt, oauth, troubled } = createWatchedScene()
    await connect(oauth)
    await clock.advance(2 * hour)
    const gate = fake.faults.hold({ endpoint: 'token', when: 'after' })
    const asked = oauth.installation(ada).accessToken()
    await gate.reached
    for (const method of ['get', 'compareAndSet', 'list', 'due'] as const) troubled.meet(method, rejects)
    gate.release()
    output.secret(await asked)
    await lookAt()
    await clock.advance(2 * hour)
    output.see(await seenOf(oauth.installation(ada).accessToken()))
    output.see(await seenOf(oauth.installation(ada).uninstall()))
    troubled.recover()
    await lookAt()
    expect(output.leaks()).toEqual([])
  })

  test('F32 when records cannot be opened', async () => {
    const { client, connect, lookAt, oauth, store } = createWatchedScene()
    await connect(oauth)
    await lookAt(client({ secrets: ['another-secret-of-sufficient-length-1'] }))
    const record = (await store.get(ada))!
    await store.compareAndSet(ada, record.version, {
      version: 'x',
      value: `${record.value.slice(0, -9)}AAAAAAAAA`,
    })
    await lookAt()
    output.see(await seenOf(client().installation(ada).accessToken()))
    expect(output.leaks()).toEqual([])
  })

  test('F32 in the life of an installation: API errors, 401, uninstall, notices, adoption, API tokens', async () => {
    const { clock, connect, fake, lookAt, oauth } = createWatchedScene()
    output.see(await connect(oauth))
    const installation = oauth.installation(ada)
    const { refreshToken, accessTokens } = fake.installations()[0]!
    output.secret(refreshToken, ...accessTokens)
    for (const status of [400, 401, 402, 403, 429, 500]) {
      fake.faults.add({ endpoint: 'api', fault: { type: 'status', status }, times: 2 })
      const asked = Promise.all([seenOf(installation.api('/api/v2/deals')), seenOf(installation.api('/x'))])
      await clock.advance(20 * second)
      for (const result of await asked) output.see(result)
      fake.faults.clear()
    }
    fake.faults.add({ endpoint: 'api', fault: { type: 'reset' } })
    output.see(await seenOf(installation.api('/api/v2/deals')))
    output.see(await seenOf(installation.fetch('https://evil.example/')))
    output.see(await installation.sdk('v2'))
    output.see(await seenOf(oauth.handleUninstall(new Request('http://x.example', { method: 'DELETE' }))))
    output.see(await seenOf(oauth.handleUninstall(fake.uninstallNotice('1002:21'))))
    output.see(await seenOf(oauth.verifyExtensionToken(`${await fake.extensionToken()}x`)))
    output.see(await seenOf(oauth.exchangeApiToken(fake.users[1]!.apiToken)))
    output.see(await seenOf(oauth.exchangeApiToken(fake.users[1]!.apiToken)))
    const kept = { access_token: 'v1u:kept-access-token', refresh_token: '1:1:kept-refresh-token' }
    output.secret(kept.access_token, kept.refresh_token)
    output.see(await seenOf(oauth.adopt({ ...kept, token_type: 'mac' })))
    const adopting = seenOf(oauth.adopt(kept))
    await clock.advance(second)
    output.see(await adopting)
    await fake.uninstall()
    await clock.advance(2 * hour)
    output.see(await seenOf(installation.accessToken()))
    await lookAt()
    output.see(await seenOf(installation.uninstall()))
    expect(output.leaks()).toEqual([])
  })

  test('F32 in errors of configuration, which name options and not their values', () => {
    const { client } = createScene()
    const secret = 'a-client-secret-in-the-wrong-place'
    output.secret(secret)
    const wrong = [
      () => client({ secrets: [secret.slice(0, 20)] }),
      () => client({ secrets: [secret], clientSecret: '' }),
      () => client({ clientSecret: [secret, ''] }),
      () => client({ redirectUri: `ftp://${secret}` }),
      () => client({ endpoints: { oauth: `https://user:${secret}@oauth.example` } }),
    ]
    output.secret(secret.slice(0, 20))
    for (const make of wrong) {
      expect(make).toThrow('not configured correctly')
      try {
        make()
      } catch (error) {
        output.see(error)
      }
    }
    expect(output.leaks()).toEqual([])
  })

  test('F32 an attempt, a session and a record cannot be read without the secret', async () => {
    const { clock, connect, fake, oauth, store } = createWatchedScene()
    const { url, attempt } = await oauth.authorize({ returnTo: '/a-private-address' })
    output.secret('awaiting_consent', '/a-private-address', 'refreshTokenExpiresAt')
    output.see(attempt)
    output.see((await oauth.callback(await fake.approve(url), attempt)).attempt)
    output.see(await oauth.issueSession(ada, minute))
    await clock.advance(2 * hour)
    await connect(oauth)
    output.secret(...fake.installations().flatMap((one) => one.accessTokens.concat(one.refreshToken)))
    output.see(await store.get(ada))
    for (const part of attempt.split('.')) output.see(Buffer.from(part, 'base64url').toString('latin1'))
    expect(output.leaks()).toEqual([])
  })
})

test('F32 the collector of these tests finds a secret wherever it is', () => {
  output.secret('v1u:abc+/def==')
  const cause = new Error('x', { cause: { deep: { authorization: 'Bearer v1u:abc+/def==' } } })
  for (const value of [
    'token=v1u%3Aabc%2B%2Fdef%3D%3D',
    { token: 'v1u:abc+/def==' },
    Object.assign(new Error('x'), { hidden: 'v1u:abc+/def==' }),
    new Error('outer', { cause }),
    new Map([['k', new Set(['v1u:abc+/def=='])]]),
    Object.defineProperty({}, 'secret', { value: 'v1u:abc+/def==', enumerable: false }),
    `Basic ${btoa('v1u:abc+/def==')}`,
  ]) {
    const before = output.leaks().length
    output.see(value)
    expect(output.leaks().length).toBeGreaterThan(before)
  }
})
