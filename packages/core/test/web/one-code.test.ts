import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ada, minute, second } from '../flow/scene.ts'
import { Browser, locationOf } from './browser.ts'
import { createWebScene, endOf, origin, stateOf } from './web-scene.ts'

describe('a user who goes back to the consent page and allows', () => {
  test('F62 after connecting, connects once more, and ends where the first attempt would have', async () => {
    const { browser, codesSent, fake, install } = createWebScene()
    const consent = await install('/deals')
    await browser.send(await fake.approve(consent))
    const again = await browser.send(await fake.approve(consent))
    expect([again.status, await endOf(again)]).toEqual([302, 'consent'])
    expect(stateOf(locationOf(again))).not.toBe(stateOf(consent))
    expect(await endOf(await browser.send(await fake.approve(locationOf(again))))).toBe('/deals')
    expect(codesSent()).toHaveLength(2)
  })

  test('F62 after cancelling, connects and ends where the first attempt would have', async () => {
    const { browser, fake, install, store } = createWebScene()
    const consent = await install('/deals')
    expect(await endOf(await browser.send(fake.deny(consent)))).toBe('access_denied')
    const again = await browser.send(await fake.approve(consent))
    expect(await endOf(again)).toBe('consent')
    expect(await endOf(await browser.send(await fake.approve(locationOf(again))))).toBe('/deals')
    expect(await store.get(ada)).toBeDefined()
  })

  test('F62 after the attempt has expired, connects and ends where it would have', async () => {
    const { browser, clock, codesSent, fake, install } = createWebScene()
    const consent = await install('/deals')
    await clock.advance(10 * minute)
    const again = await browser.send(await fake.approve(consent))
    expect([await endOf(again), codesSent()]).toEqual(['consent', []])
    expect(await endOf(await browser.send(await fake.approve(locationOf(again))))).toBe('/deals')
  })

  test('F62 a second time, is told that the link no longer works: nobody goes in circles', async () => {
    const { browser, fake, install } = createWebScene()
    const first = await install('/deals')
    await browser.send(await fake.approve(first))
    const second = locationOf(await browser.send(await fake.approve(first)))
    expect(await endOf(await browser.send(await fake.approve(first)))).toBe('code_refused')
    await browser.send(await fake.approve(second))
    expect(await endOf(await browser.send(await fake.approve(second)))).toBe('code_refused')
  })

  test('F62 and waits for too long again, is told so', async () => {
    const { browser, clock, fake, install } = createWebScene()
    const consent = await install()
    await clock.advance(10 * minute)
    const again = locationOf(await browser.send(await fake.approve(consent)))
    await clock.advance(10 * minute)
    expect(await endOf(await browser.send(await fake.approve(again)))).toBe('attempt_expired')
  })

  test('F62 behind another process, goes on in the same way', async () => {
    const { browser, codesSent, fake, install, otherProcess } = createWebScene()
    const consent = await install('/deals')
    await browser.send(await fake.approve(consent))
    const elsewhere = browser.at(otherProcess())
    const again = await elsewhere.send(await fake.approve(consent))
    expect([await endOf(again), codesSent().length]).toEqual(['consent', 1])
    expect(await endOf(await browser.send(await fake.approve(locationOf(again))))).toBe('/deals')
    expect(await endOf(await browser.at(otherProcess()).send(await fake.approve(consent)))).toBe(
      'code_refused',
    )
  })

  test('F62 keeps the account that the link was made for', async () => {
    const { browser, connect, fake, oauth, store } = createWebScene()
    await connect(oauth)
    const consent = locationOf(await browser.send(await oauth.reconnectLink(ada)))
    expect(await endOf(await browser.send(await fake.approve(consent, { user: '1001:12' })))).toBe(
      'unexpected_account',
    )
    const again = locationOf(await browser.send(await fake.approve(consent, { user: '1001:12' })))
    expect(await endOf(await browser.send(await fake.approve(again, { user: '1001:12' })))).toBe(
      'unexpected_account',
    )
    expect(await store.get('1001:12')).toBeUndefined()
  })

  test('F62 keeps reference and expectation for those who call answerCallback()', async () => {
    const { fake, oauth } = createWebScene()
    const begun = await oauth.authorize({ returnTo: '/x', reference: 'tenant-7', expect: ada })
    const denied = await oauth.answerCallback(fake.deny(begun.url), begun.attempt)
    expect(denied).toMatchObject({ type: 'failed', error: { code: 'access_denied' } })
    const again = await oauth.answerCallback(await fake.approve(begun.url), denied.attempt)
    if (again.type !== 'begun_again') throw new Error(again.type)
    const done = await oauth.callback(await fake.approve(again.request.url), again.request.attempt)
    expect(done).toMatchObject({ reference: 'tenant-7', returnTo: '/x', installation: { id: ada } })
  })

  test('F62 fails with the reason in callback(), which begins nothing for its caller', async () => {
    const { fake, oauth } = createWebScene()
    const { url, attempt } = await oauth.authorize({ returnTo: '/x' })
    await expect(oauth.callback(fake.deny(url), attempt)).rejects.toMatchObject({ code: 'access_denied' })
    await expect(oauth.callback(await fake.approve(url), attempt)).rejects.toMatchObject({
      code: 'access_denied',
      returnTo: '/x',
    })
  })
})

describe('the events of a consent that begins again', () => {
  const consents = ({ heard }: ReturnType<typeof createWebScene>) =>
    heard.filter(({ type }) => /^consent_|^installed$|^request_refused$/.test(type))

  test('F62 are a failure with its code and a start, and no request counts as refused', async () => {
    const scene = createWebScene()
    const { browser, clock, fake, install } = scene
    const consent = await install('/deals')
    const denial = fake.deny(consent)
    await browser.send(denial)
    await clock.advance(second)
    const again = locationOf(await browser.send(await fake.approve(consent)))
    await browser.send(await fake.approve(again))
    expect(consents(scene)).toMatchObject([
      { type: 'consent_started' },
      { type: 'consent_failed', code: 'access_denied', cause: expect.stringContaining('user_denied') },
      { type: 'request_refused', code: 'access_denied', status: 403 },
      { type: 'consent_failed', code: 'access_denied', durationMs: second },
      { type: 'consent_started' },
      { type: 'installed' },
    ])
    expect(consents(scene)).toHaveLength(6)
  })

  test('F62 come once if the browser asks twice at the same moment', async () => {
    const scene = createWebScene()
    const { browser, clock, fake, install } = scene
    const consent = await install()
    await clock.advance(10 * minute)
    const callback = await fake.approve(consent)
    const [one, other] = await Promise.all([browser.send(callback), browser.send(callback)])
    expect(locationOf(one!)).toBe(locationOf(other!))
    expect(consents(scene).map(({ type }) => type)).toEqual([
      'consent_started',
      'consent_failed',
      'consent_started',
    ])
  })

  test('F62 carry the reference of the application', async () => {
    const scene = createWebScene()
    const { fake, oauth } = scene
    const { url, attempt } = await oauth.authorize({ reference: 'tenant-7' })
    await oauth.answerCallback(fake.deny(url), attempt)
    await oauth.answerCallback(await fake.approve(url), attempt)
    expect(consents(scene).map(({ type, reference }) => [type, reference])).toEqual(
      ['consent_started', 'consent_failed', 'consent_failed', 'consent_started'].map((type) => [
        type,
        'tenant-7',
      ]),
    )
  })

  test('F62 are the failure alone for callback(), which begins nothing', async () => {
    const scene = createWebScene()
    const { clock, fake, oauth } = scene
    const { url, attempt } = await oauth.authorize()
    await clock.advance(10 * minute)
    const callback = await fake.approve(url)
    await expect(oauth.callback(callback, attempt)).rejects.toMatchObject({ code: 'attempt_expired' })
    expect(consents(scene)).toMatchObject([
      { type: 'consent_started' },
      { type: 'consent_failed', code: 'attempt_expired', durationMs: 10 * minute },
    ])
    expect(consents(scene)).toHaveLength(2)
  })
})

describe('a user who reloads', () => {
  test('F62 the page that says that he cancelled, sees it again', async () => {
    const { browser, fake, install } = createWebScene()
    const denial = fake.deny(await install())
    for (let load = 0; load < 3; load++) expect(await endOf(await browser.send(denial))).toBe('access_denied')
  })

  test('F62 and cancels on the page of an attempt that is complete, is told so and stays connected', async () => {
    const { browser, fake, install, store } = createWebScene()
    const consent = await install()
    const callback = await fake.approve(consent)
    await browser.send(callback)
    expect(await endOf(await browser.send(fake.deny(consent)))).toBe('access_denied')
    expect(await endOf(await browser.send(callback))).toBe('/settings')
    expect(await store.get(ada)).toBeDefined()
  })
})

describe('one attempt', () => {
  const madeUp = (callback: string, code: string) => {
    const url = new URL(callback)
    url.searchParams.set('code', code)
    return url
  }

  test('F63 sends one code to Pipedrive, however many come with its cookie, one after another', async () => {
    const { browser, codesSent, handler, install } = createWebScene()
    const consent = await install()
    const callback = `${origin}/pipedrive/callback?state=${stateOf(consent)}`
    const { cookies } = browser
    for (let count = 0; count < 20; count++)
      await handler(new Request(madeUp(callback, `code-${count}`), { headers: { cookie: cookies } }))
    expect(codesSent()).toEqual(['code-0'])
  })

  test('F63 sends one code to Pipedrive, however many come at the same moment', async () => {
    const { browser, clock, codesSent, fake, handler, install } = createWebScene()
    const consent = await install()
    const callback = `${origin}/pipedrive/callback?state=${stateOf(consent)}`
    const { cookies } = browser
    const gate = fake.faults.hold({ endpoint: 'token', times: 20 })
    const answers = Array.from({ length: 20 }, (_, count) =>
      handler(new Request(madeUp(callback, `code-${count}`), { headers: { cookie: cookies } })),
    )
    await gate.reached
    await clock.advance(second)
    expect(gate.waiting).toBe(1)
    gate.release()
    await Promise.all(answers)
    expect(codesSent()).toHaveLength(1)
  })

  test('F63 sends no second code from another process that gets the cookie of a failed exchange', async () => {
    const { browser, clock, codesSent, fake, install, otherProcess } = createWebScene()
    const callback = await fake.approve(await install())
    fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 503 }, times: 2 })
    const failing = browser.send(callback)
    await clock.advance(second)
    expect((await failing).status).toBe(503)
    const sent = codesSent().length
    const other = browser.at(otherProcess())
    expect(await endOf(await other.send(madeUp(callback, 'made-up')))).toBe('consent')
    expect(codesSent()).toHaveLength(sent)
    expect(await endOf(await other.send(callback))).toBe('/settings')
  })

  test('F63 lets the genuine code begin anew after a made-up one', async () => {
    const { browser, fake, install } = createWebScene()
    const callback = await fake.approve(await install('/deals'))
    expect(await endOf(await browser.send(madeUp(callback, 'made-up')))).toBe('code_refused')
    const again = await browser.send(callback)
    expect(await endOf(await browser.send(await fake.approve(locationOf(again))))).toBe('/deals')
  })

  test.each([
    ['another state', '?code=x&state=unknown'],
    ['no code', '?state=STATE'],
    ['an unknown error', '?error=server_error&state=STATE'],
    ['a code and an error', '?code=x&error=user_denied&state=STATE'],
    ['two codes', '?code=x&code=y&state=STATE'],
    ['no state', '?error=user_denied'],
  ])('F63 is not spoiled by an answer with %s', async (_, query) => {
    const { browser, codesSent, fake, install } = createWebScene({ missingState: 'reject' })
    const consent = await install('/deals')
    await browser.send(`${origin}/pipedrive/callback${query.replace('STATE', stateOf(consent))}`)
    expect(codesSent()).toEqual([])
    expect(await endOf(await browser.send(await fake.approve(consent)))).toBe('/deals')
  })
})

describe('any way through the consent page', () => {
  /** What a browser may do: begin, answer any of its attempts in any way, again or anew, in any process, at any time. */
  const step = fc.record({
    act: fc.constantFrom('install', 'allow', 'repeat', 'deny', 'guess', 'wait'),
    which: fc.nat({ max: 20 }),
    process: fc.nat({ max: 1 }),
  })

  test('F62 F63 leads nobody in circles, sends one code per state, and fails no first answer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        const scene = createWebScene()
        const { clock, fake } = scene
        const processes = [scene.handler, scene.otherProcess()]
        const sent: { state: string; code: string | null }[] = []
        const browsers = processes.map((handler, index) =>
          index === 0 ? scene.browser : scene.browser.at(handler),
        )
        const consents: string[] = []
        const callbacks: string[] = []
        const restarts = new Map<string, number>()
        const answered = new Set<string>()
        const begunAt = new Map<string, number>()
        const note = (url: string) => {
          consents.push(url)
          begunAt.set(stateOf(url), clock.now())
        }
        for (const { act, which, process } of steps) {
          const browser = browsers[process]!
          if (act === 'wait') await clock.advance(4 * minute)
          else if (act === 'install' || consents.length === 0) note(await scene.install('/deals', browser))
          else {
            const consent = consents[which % consents.length]!
            const state = stateOf(consent)
            const callback =
              act === 'deny'
                ? fake.deny(consent)
                : act === 'repeat' && callbacks.length > 0
                  ? callbacks[which % callbacks.length]!
                  : act === 'guess'
                    ? `${origin}/pipedrive/callback?state=${state}&code=guess-${which}`
                    : await fake.approve(consent)
            callbacks.push(callback)
            const own = stateOf(callback)
            const before = scene.codesSent().length
            const response = await browser.send(callback)
            for (const code of scene.codesSent().slice(before)) sent.push({ state: own, code })
            const end = await endOf(response)
            if (end === 'consent') {
              restarts.set(own, (restarts.get(own) ?? 0) + 1)
              note(locationOf(response))
            }
            const isFirst = !answered.has(own)
            answered.add(own)
            const isInTime = clock.now() < begunAt.get(own)! + 10 * minute
            if (isFirst && isInTime && act === 'allow') expect(end).toBe('/deals')
            expect(['consent', '/deals', 'access_denied', 'code_refused', 'attempt_expired']).toContain(end)
          }
        }
        for (const { state } of sent)
          expect(new Set(sent.filter((one) => one.state === state).map(({ code }) => code)).size).toBe(1)
        for (const count of restarts.values()) expect(count).toBe(1)
      }),
      { numRuns: 150 },
    )
  })
})

test('F63 another browser begins nothing with an attempt that is not its own', async () => {
  const { browser, fake, handler, install } = createWebScene()
  const consent = await install()
  await browser.send(fake.deny(consent))
  expect(await endOf(await new Browser(handler).send(await fake.approve(consent)))).toBe('state_mismatch')
})
