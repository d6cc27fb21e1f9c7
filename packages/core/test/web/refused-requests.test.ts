import { expect, test } from 'vitest'
import { createOAuthHandler, memoryStore, type LogDetails } from '../../src/index.ts'
import { createWebAuth } from '../../src/adapter.ts'
import { ada, createScene, hour } from '../flow/scene.ts'

/** A client whose log and events are kept. */
function createHeard(options: Parameters<ReturnType<typeof createScene>['client']>[0] = {}) {
  const scene = createScene()
  const lines: (LogDetails & { readonly level: string; readonly message: string })[] = []
  const at = (level: string) => (message: string, details: LogDetails) =>
    void lines.push({ level, message, ...details })
  const oauth = scene.client({ logger: { error: at('error'), warn: at('warn') }, ...options })
  const refused = () => scene.heard.filter(({ type }) => type === 'request_refused')
  return { ...scene, oauth, lines, refused }
}

const page = { headers: { accept: 'text/html' } }

test('F76 an answer of 5xx is one error in the log and one event; the page says nothing of it', async () => {
  const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })
  const store = {
    ...memoryStore(),
    compareAndSet: () => Promise.reject(cause),
    get: () => Promise.reject(cause),
  }
  const { oauth, fake, lines, refused, clock } = createHeard({ store })
  const handle = createOAuthHandler(oauth)
  const install = await handle(new Request(new URL('install', oauth.redirectUri)))
  const back = await fake.approve(install?.headers.get('location') ?? '')
  const cookie = install?.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const answering = handle(new Request(back, { headers: { ...page.headers, cookie } }))
  await clock.advance(60_000)
  const answer = await answering
  expect(answer?.status).toBe(503)
  expect(await answer?.text()).not.toMatch(/ECONNREFUSED|token store/)
  expect(lines).toMatchObject([
    {
      level: 'error',
      code: 'store_unavailable',
      status: 503,
      method: 'GET',
      route: new URL(back).pathname,
      installationId: ada,
      cause: 'connect ECONNREFUSED 127.0.0.1:5432',
      action: expect.stringContaining('Check that the store runs'),
    },
  ])
  expect(refused()).toMatchObject([{ code: 'store_unavailable', status: 503, method: 'GET' }])
})

test('F76 an error at the callback after Pipedrive was asked keeps the cookie, and is told once', async () => {
  const { oauth, fake, lines, refused, heard } = createHeard()
  const handle = createOAuthHandler(oauth)
  const install = await handle(new Request(new URL('install', oauth.redirectUri)))
  const back = await fake.approve(install?.headers.get('location') ?? '')
  const cookie = install?.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  fake.faults.add({
    endpoint: 'token',
    fault: { type: 'status', status: 400, body: { error: 'invalid_grant' } },
  })
  const answer = await handle(new Request(back, { headers: { ...page.headers, cookie } }))
  const [name] = cookie.split('=')
  expect([answer?.status, answer?.headers.getSetCookie()]).toEqual([
    400,
    [expect.stringContaining(`${name}=`)],
  ])
  const cause = expect.stringContaining('Pipedrive answered 400 invalid_grant')
  expect(lines).toMatchObject([{ level: 'warn', code: 'code_refused', cause }])
  expect(refused()).toMatchObject([{ code: 'code_refused', status: 400 }])
  expect(heard.filter(({ type }) => type === 'consent_failed')).toMatchObject([
    { code: 'code_refused', cause },
  ])
})

test('F76 refused callbacks are warnings, one line a minute, and an event each', async () => {
  const { oauth, lines, refused } = createHeard()
  const handle = createOAuthHandler(oauth)
  const { pathname } = new URL(oauth.redirectUri)
  const address = new URL(`${pathname}?code=secret-code&state=unknown`, oauth.redirectUri)
  for (let times = 0; times < 20; times++) expect((await handle(new Request(address)))?.status).toBe(400)
  expect(lines).toMatchObject([{ level: 'warn', code: 'state_mismatch', route: pathname, status: 400 }])
  expect(lines[0]?.message).toContain('users must begin on the same host that redirectUri names')
  expect(refused()).toHaveLength(20)
  expect(JSON.stringify([lines, refused()])).not.toContain('secret-code')
})

test('F76 a user who has to connect is no line in the log', async () => {
  const { oauth, lines, refused } = createHeard()
  const auth = createWebAuth(oauth)
  for (const request of [
    new Request('https://app.example.com/deals', page),
    new Request('https://app.example.com/api/deals'),
  ]) {
    const error = await auth.admit(request, undefined).catch((thrown: unknown) => thrown)
    await auth.answer(error as never, request, undefined)
  }
  expect(lines).toEqual([])
  expect(refused()).toMatchObject([{ code: 'not_signed_in', status: 401 }])
})

test('F76 JSON of a 5xx does not tell a stranger what the developer has to do', async () => {
  const { oauth, connect, clock, fake, lines } = createHeard()
  await connect(oauth)
  await clock.advance(2 * hour)
  fake.faults.add({
    endpoint: 'token',
    fault: { type: 'status', status: 401, body: { error: 'invalid_client' } },
  })
  const auth = createWebAuth(oauth, { identify: () => ada })
  const request = new Request('https://app.example.com/deals')
  const error = await auth.admit(request, undefined).catch((thrown: unknown) => thrown)
  const answer = await auth.answer(error as never, request, undefined)
  expect([answer.status, await answer.json()]).toEqual([
    500,
    { code: 'client_rejected', message: expect.stringMatching(/^This is not your fault\./) },
  ])
  expect(lines).toMatchObject([
    {
      code: 'client_rejected',
      installationId: ada,
      cause: 'Pipedrive answered 401 invalid_client',
      durationMs: 0,
    },
  ])
})

test('F76 a refresh that nobody waits for is a warning if it fails', async () => {
  const { oauth, connect, clock, fake, lines, heard } = createHeard()
  await connect(oauth)
  await clock.advance(58 * 60_000)
  fake.faults.add({
    endpoint: 'token',
    fault: { type: 'status', status: 400, body: { error: 'invalid_grant' } },
  })
  await oauth.installation(ada).accessToken()
  await oauth.settled()
  expect(lines).toMatchObject([
    {
      level: 'warn',
      code: 'reauthorization_required',
      installationId: ada,
      cause: 'Pipedrive answered 400 invalid_grant',
    },
  ])
  expect(heard.at(-1)).toMatchObject({ type: 'reauthorization_required', inBackground: true })
})
