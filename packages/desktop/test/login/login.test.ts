import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { login, LoginError, type LoginOptions } from '../../src/index.ts'
import { rawRequest } from '@pd/test-support/raw-request'
import { handedOver, startDesktop, visit, type DesktopOptions } from './desktop.ts'

/** A login that waits for the browser, at the address that it opened. */
async function startLogin(desktopOptions?: DesktopOptions, options: LoginOptions = {}) {
  const desktop = await startDesktop(desktopOptions)
  const browser = handedOver()
  const running = login(desktop.oauth, { open: browser.open, ...options })
  const outcome = running.then(
    ({ installation }) => installation.id,
    (error: unknown) => error,
  )
  return {
    ...desktop,
    running,
    outcome,
    address: await Promise.race([browser.address, running.then(() => '')]),
  }
}

/** Timers that run when the test says so: by the milliseconds given. */
function manualTimers(): (ms: number) => void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  return (ms) => void vi.advanceTimersByTime(ms)
}

/** Whether nobody listens there, and whether somebody could. */
async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const probe = createServer()
  probe.listen({ port, host, exclusive: true })
  try {
    await once(probe, 'listening')
    return true
  } catch {
    return false
  } finally {
    probe.close()
  }
}

async function occupy(port: number, host: string): Promise<void> {
  const other = createServer().listen({ port, host })
  await once(other, 'listening')
  onTestFinished(() => void other.close())
}

describe('a login', () => {
  test('opens the address, waits for the browser, stores the installation and stops listening', async () => {
    const { fake, oauth, port, address, running } = await startLogin()
    const page = await visit(await fake.approve(address))
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Pipedrive is connected')])
    const { installation, account, firstTime } = await running
    expect([installation.id, account.userId, firstTime]).toEqual(['1001:11', 11, true])
    expect(await oauth.installation('1001:11').describe()).toMatchObject({ status: 'active' })
    expect([await isFree(port), await isFree(port, '::1')]).toEqual([true, true])
  })

  test('with `expect` stores only the account that it names', async () => {
    const wrong = await startLogin({}, { expect: '1002:13' })
    const page = await visit(await wrong.fake.approve(wrong.address, { user: '1001:11' }))
    expect([page.status, await page.text()]).toEqual([403, expect.stringContaining('unexpected_account')])
    expect(await wrong.outcome).toMatchObject({ name: 'CallbackError', code: 'unexpected_account' })
    expect(await Array.fromAsync(wrong.oauth.installations())).toEqual([])

    const right = await startLogin({}, { expect: { companyId: 1002 } })
    await visit(await right.fake.approve(right.address, { user: '1002:13' }))
    expect(await right.outcome).toBe('1002:13')
  })

  test('rejects when the user cancels, and the page says so', async () => {
    const { fake, oauth, port, address, outcome } = await startLogin()
    const page = await visit(fake.deny(address))
    expect([page.status, await page.text()]).toEqual([403, expect.stringContaining('You cancelled')])
    expect(await outcome).toMatchObject({ name: 'CallbackError', code: 'access_denied' })
    expect(await isFree(port)).toBe(true)
    expect((await oauth.installations().next()).done).toBe(true)
  })

  test.each([
    ['localhost', ['127.0.0.1', '::1'], []],
    ['127.0.0.1', ['127.0.0.1'], ['::1']],
    ['[::1]', ['::1'], ['127.0.0.1']],
  ])('with a redirectUri on %s listens on this machine only: on %s', async (host, taken, free) => {
    const { fake, port, address, outcome } = await startLogin({ host })
    for (const each of taken) expect([each, await isFree(port, each)]).toEqual([each, false])
    // An address of loopback that was not asked for stands for every other one.
    for (const each of [...free, '127.0.0.2']) expect([each, await isFree(port, each)]).toEqual([each, true])
    await visit(await fake.approve(address))
    expect(await outcome).toBe('1001:11')
  })

  test('shows a page that no other page may frame or learn from, without a secret', async () => {
    const { fake, oauth, address, outcome } = await startLogin()
    const callback = new URL(await fake.approve(address))
    const page = await visit(callback.href)
    const text = await page.text()
    expect(await outcome).toBe('1001:11')
    const headers = Object.fromEntries(page.headers)
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    const token = await oauth.installation('1001:11').accessToken()
    for (const secret of [callback.searchParams.get('code'), callback.searchParams.get('state'), token])
      expect(text + JSON.stringify(headers)).not.toContain(secret)
    expect(text).not.toMatch(/https?:|src=|<script|@import/)
  })

  test('F23 answers a callback that is asked for twice both times', async () => {
    const { fake, address, outcome } = await startLogin()
    const callback = await fake.approve(address)
    const gate = fake.faults.hold({ endpoint: 'token' })
    const both = [visit(callback), visit(callback)]
    await gate.reached
    gate.release()
    const texts = await Promise.all(both.map(async (page) => (await page).text()))
    expect(texts).toEqual([expect.stringContaining('is connected'), expect.stringContaining('is connected')])
    expect(await outcome).toBe('1001:11')
    expect(fake.tokenRequests()).toHaveLength(1)
  })
})

describe('a request that is no answer to this login', () => {
  test.each([
    ['a favicon', '/favicon.ico', {}, 404],
    ['the start page', '/', {}, 404],
    ['a path below the callback', '/callback/x?code=c&state=s', {}, 404],
    ['the callback with nothing', '/callback', {}, 400],
    ['the callback with another state', '/callback?code=c&state=guessed', {}, 400],
    ['a denial with another state', '/callback?error=access_denied&state=guessed', {}, 400],
    ['a denial without state', '/callback?error=access_denied', {}, 403],
    ['a state given twice', '/callback?code=c&state=a&state=b', {}, 400],
    ['another method', '/callback?code=c&state=s', { method: 'POST', body: 'x' }, 405],
    ['HEAD, as of a preview', '/callback?code=c&state=s', { method: 'HEAD' }, 405],
  ] as const)('%s changes nothing', async (_what, path, init, status) => {
    const { fake, address, outcome, redirectUri } = await startLogin()
    expect((await visit(new URL(path, redirectUri).href, init)).status).toBe(status)
    expect(fake.tokenRequests()).toHaveLength(0)
    await visit(await fake.approve(address))
    expect(await outcome).toBe('1001:11')
  })

  test('that comes by another name, as from a page that rebinds one, is refused: even with the right answer', async () => {
    const { fake, port, address, outcome } = await startLogin()
    const callback = new URL(await fake.approve(address))
    const target = callback.pathname + callback.search
    for (const host of ['evil.example', `127.0.0.1:${port}`, 'localhost', `localhost:${port + 1}`]) {
      const answer = await rawRequest(`http://127.0.0.1:${port}`, [`GET ${target} HTTP/1.1`, `Host: ${host}`])
      expect([host, answer.slice(0, 12)]).toEqual([host, 'HTTP/1.1 421'])
    }
    await visit(callback.href)
    expect(await outcome).toBe('1001:11')
  })

  test('F24 what another login was answered is refused', async () => {
    const { fake, oauth, address, outcome } = await startLogin()
    const other = await oauth.authorize()
    const planted = await visit(await fake.approve(other.url, { user: '1002:13' }))
    expect([planted.status, fake.tokenRequests()]).toEqual([400, []])
    await visit(await fake.approve(address))
    expect(await outcome).toBe('1001:11')
  })

  test('a scanner that sends rubbish or nothing at all neither ends it nor holds it up', async () => {
    const { fake, port, address, outcome } = await startLogin()
    const silent = connect(port, '127.0.0.1')
    const half = connect(port, '127.0.0.1')
    await Promise.all([once(silent, 'connect'), once(half, 'connect')])
    half.write('GET /callback HTTP/1.1\r\nHost: loc')
    const scanner = connect(port, '127.0.0.1')
    scanner.end('\x16\x03\x01\x00\xa5 not http \r\n\r\n')
    await once(scanner.resume(), 'close')
    for (const socket of [silent, half]) socket.on('error', () => {})
    await visit(await fake.approve(address))
    expect(await outcome).toBe('1001:11')
    await Promise.all([silent, half].map((socket) => socket.destroyed || once(socket.resume(), 'close')))
    expect(await isFree(port)).toBe(true)
  })
})

describe('a login ends', () => {
  test('when nobody comes back in time', async () => {
    const { port, outcome } = await startLogin({}, { timeoutMs: 50 })
    expect(await outcome).toMatchObject({
      name: 'LoginError',
      code: 'login_timeout',
      retryable: false,
      message: expect.stringContaining('within 0.05 seconds'),
    })
    expect(await isFree(port)).toBe(true)
  })

  test('well for a user who came back in time, however long Pipedrive takes', async () => {
    const advance = manualTimers()
    const { fake, address, outcome } = await startLogin({}, { timeoutMs: 2_000 })
    const gate = fake.faults.hold({ endpoint: 'token' })
    const page = visit(await fake.approve(address))
    await gate.reached
    advance(2_000)
    gate.release()
    expect([(await page).status, await outcome]).toEqual([200, '1001:11'])
  })

  test.each([
    ['refuses the code', 'code_refused', undefined],
    ['cannot say whose tokens they are', 'identity_unavailable', { type: 'status', status: 503 } as const],
  ])('with what Pipedrive said when it %s, also after the time', async (_what, code, fault) => {
    const advance = manualTimers()
    const { fake, address, outcome } = await startLogin(
      { client: { policy: { requestsPerRefresh: 1 } } },
      { timeoutMs: 2_000 },
    )
    const gate = fake.faults.hold({ endpoint: 'token' })
    const callback = new URL(await fake.approve(address))
    if (fault === undefined) callback.searchParams.set('code', 'wrong')
    else fake.faults.add({ endpoint: 'api', fault })
    const page = visit(callback.href)
    await gate.reached
    advance(2_000)
    gate.release()
    await page
    expect(await outcome).toMatchObject({ code })
  })

  test('when it is aborted before the browser opens, which stays closed', async () => {
    const { oauth, port } = await startDesktop()
    const giveUp = new AbortController()
    const [open, paste] = [vi.fn(), vi.fn()]
    const running = login(oauth, { open, paste, signal: giveUp.signal })
    giveUp.abort('never mind')
    await expect(running).rejects.toBe('never mind')
    expect([open.mock.calls, paste.mock.calls, await isFree(port)]).toEqual([[], [], true])
  })

  test('at once when it is aborted, with the reason, also while Pipedrive is being asked', async () => {
    const giveUp = new AbortController()
    const { fake, port, address, outcome } = await startLogin({}, { signal: giveUp.signal })
    const gate = fake.faults.hold({ endpoint: 'token' })
    const page = visit(await fake.approve(address)).catch((error: unknown) => error)
    await gate.reached
    giveUp.abort('enough')
    expect(await outcome).toBe('enough')
    expect(await isFree(port)).toBe(true)
    gate.release()
    expect(await page).toBeInstanceOf(Error)
  })

  test('before it begins when it was aborted already', async () => {
    const { oauth, port } = await startDesktop()
    const open = vi.fn()
    await expect(login(oauth, { open, signal: AbortSignal.abort('before') })).rejects.toBe('before')
    expect([open.mock.calls, await isFree(port)]).toEqual([[], true])
  })

  test('with the page’s own words when Pipedrive refuses the code', async () => {
    const { fake, address, outcome } = await startLogin()
    const callback = new URL(await fake.approve(address))
    callback.searchParams.set('code', 'wrong')
    const page = await visit(callback.href)
    expect([page.status, await page.text()]).toEqual([400, expect.stringContaining('works only once')])
    expect(await outcome).toMatchObject({ code: 'code_refused' })
  })

  test('not with a temporary failure: the page says so and can be loaded again', async () => {
    const { fake, address, outcome } = await startLogin({ client: { policy: { requestsPerRefresh: 1 } } })
    fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 503 } })
    const callback = await fake.approve(address)
    const page = await visit(callback)
    expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('Reload this page')])
    expect((await visit(callback)).status).toBe(200)
    expect(await outcome).toBe('1001:11')
  })

  test('with that failure when it lasts', async () => {
    const advance = manualTimers()
    const { fake, address, outcome } = await startLogin(
      { client: { policy: { requestsPerRefresh: 1 } } },
      { timeoutMs: 2_000 },
    )
    fake.faults.add({ endpoint: 'token', times: Infinity, fault: { type: 'status', status: 503 } })
    await visit(await fake.approve(address))
    advance(2_000)
    expect(await outcome).toMatchObject({ code: 'token_endpoint_unavailable' })
  })

  test('with the store’s error, when the tokens cannot be saved', async () => {
    const store = {
      get: async () => undefined,
      compareAndSet: () => Promise.reject(new Error('disk full')),
    }
    const policy = {
      leaseMs: 900,
      requestTimeoutMs: 100,
      requestsPerRefresh: 1,
      clockSkewMs: 0,
      storeTimeoutMs: 100,
    }
    const { fake, address, outcome } = await startLogin({ client: { store, policy } }, { timeoutMs: 3_000 })
    const page = await visit(await fake.approve(address))
    expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('cannot read or save')])
    expect(await outcome).toMatchObject({ code: 'store_unavailable' })
  })
})

test('a bug that a callback meets ends the login with its error, and the page does not show it', async () => {
  const { fake, oauth, address, outcome } = await startLogin()
  const bug = new TypeError('secret detail')
  vi.spyOn(oauth, 'answerCallback').mockRejectedValue(bug)
  const page = await visit(await fake.approve(address))
  expect(page.status).toBe(500)
  const text = await page.text()
  expect(text).toContain('Something went wrong')
  expect(text).not.toContain('secret detail')
  expect(await outcome).toBe(bug)
})

describe('a login says what is in its way', () => {
  test.each(['127.0.0.1', '::1'])('a port that another program has on %s', async (host) => {
    const { oauth, port } = await startDesktop()
    await occupy(port, host)
    const open = vi.fn()
    const error: unknown = await login(oauth, { open }).catch((error: unknown) => error)
    expect(error).toMatchObject({
      code: 'port_taken',
      message: expect.stringContaining(`Port ${port} on ${host}`),
    })
    expect(open).not.toHaveBeenCalled()
    expect(await isFree(port, host === '::1' ? '127.0.0.1' : '::1')).toBe(true)
  })

  test('a second login at the same time', async () => {
    const { oauth, fake, address, outcome } = await startLogin()
    await expect(login(oauth, { open: () => {} })).rejects.toMatchObject({ code: 'port_taken' })
    await visit(await fake.approve(address))
    expect(await outcome).toBe('1001:11')
  })

  test('no browser', async () => {
    const { oauth, port } = await startDesktop()
    const cause = new Error('spawn xdg-open ENOENT')
    const error: unknown = await login(oauth, { open: () => Promise.reject(cause) }).catch(
      (error: unknown) => error,
    )
    expect(error).toBeInstanceOf(LoginError)
    expect(error).toMatchObject({ code: 'browser_unavailable', cause })
    expect(await isFree(port)).toBe(true)
  })

  test('every option that does not fit, at once', async () => {
    const { oauth, port } = await startDesktop()
    const options = { port: port + 1, open: false, paste: false, timeoutMs: 0.5 } as const
    const error: unknown = await login(oauth, options).catch((error: unknown) => error)
    expect(error).toMatchObject({
      code: 'invalid_argument',
      problems: [
        expect.stringContaining(`port must be the port of redirectUri, ${port}`),
        expect.stringContaining('timeoutMs'),
        expect.stringContaining('nobody would see the address'),
      ],
    })
  })

  test('a redirectUri on another machine', async () => {
    const { oauth } = await startDesktop({ client: { redirectUri: 'https://app.example.com/callback' } })
    await expect(login(oauth)).rejects.toMatchObject({
      problems: [expect.stringContaining('not https://app.example.com')],
    })
  })
})

test('F32 no error or event of a login shows a secret', async () => {
  const advance = manualTimers()
  const scenes = [
    { fault: { type: 'status', status: 503 } as const, approve: true },
    { fault: { type: 'override', fields: { refresh_token: null } } as const, approve: true },
    { fault: undefined, approve: false },
  ]
  for (const { fault, approve } of scenes) {
    const { fake, address, outcome, events } = await startLogin(
      { client: { policy: { requestsPerRefresh: 1 } } },
      { timeoutMs: 2_000 },
    )
    if (fault) fake.faults.add({ endpoint: 'token', times: Infinity, fault })
    const callback = new URL(approve ? await fake.approve(address) : fake.deny(address))
    await visit(callback.href)
    advance(2_000)
    const error = await outcome
    expect(error).toBeInstanceOf(Error)
    const shown =
      inspect([error, events], { depth: Infinity, showHidden: true }) + String((error as Error).stack)
    const secrets = [
      fake.app.clientSecret,
      callback.searchParams.get('code'),
      callback.searchParams.get('state'),
    ]
    for (const secret of secrets.filter((secret) => secret !== null)) expect(shown).not.toContain(secret)
  }
})
