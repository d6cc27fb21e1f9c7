import { describe, expect, test } from 'vitest'
import { Flights } from '../../src/client/tokens/flights.ts'
import { fullClock } from '../../src/client/runtime/clock.ts'
import type { PipedriveOAuth } from '../../src/index.ts'
import { ada, day, failure, hour, inTime, minute, rejection, second } from './scene.ts'
import { createSetBackScene } from './set-back-scene.ts'
import { hangs, rejects, troubledStore, type Trouble } from './troubled-store.ts'

const setBackMs = 4 * hour

describe('F38 F86 the clock is set back while the store', () => {
  const account = { companyId: 1001, userId: 11 }
  const response = { access_token: 'v1u:newer', refresh_token: 'newer', expires_in: 3_599 }
  const calls: Record<string, (oauth: PipedriveOAuth) => Promise<unknown>> = {
    'endSessions()': (oauth) => oauth.endSessions(ada),
    'forget()': (oauth) => oauth.installation(ada).forget(),
    'uninstall()': (oauth) => oauth.installation(ada).uninstall(),
    'revokeAccessToken()': (oauth) => oauth.installation(ada).revokeAccessToken(),
    'adopt()': (oauth) => oauth.adopt(response, { account, replace: true }),
    'refresh()': (oauth) => oauth.installation(ada).refresh(),
    'describe()': (oauth) => oauth.installation(ada).describe(),
    'issueSession()': (oauth) => oauth.issueSession('1001:12', day),
    'checkStore()': (oauth) => oauth.checkStore({ write: true }),
  }
  const kinds = Object.keys(calls).flatMap((name) =>
    (['hangs', 'rejects'] as const).flatMap((how) =>
      (['get', 'compareAndSet'] as const).map((method) => [how, method, name] as const),
    ),
  )

  test.each(kinds)('%s in %s: %s ends in time', async (how, method, name) => {
    const { client, clock, setBack, store } = await createSetBackScene()
    const troubled = troubledStore(store)
    const oauth = client({ store: troubled.store })
    let isSetBack = false
    const trouble: Trouble = (work) => {
      if (!isSetBack) setBack(setBackMs)
      isSetBack = true
      return how === 'hangs' ? hangs(work) : rejects(work)
    }
    troubled.meet(method, trouble)
    const startedAt = clock.now()
    await inTime(clock, Promise.allSettled([calls[name]!(oauth)]))
    expect(clock.now() - startedAt).toBeLessThanOrEqual(2 * oauth.policy.storeTimeoutMs)
  })

  test('answers again, the answer that could not be saved is saved', async () => {
    const { client, clock, fake, setBack, store } = await createSetBackScene()
    const troubled = troubledStore(store)
    const oauth = client({ store: troubled.store })
    await clock.advance(2 * hour)
    const gate = fake.faults.hold({ endpoint: 'token' })
    const asked = oauth.installation(ada).accessToken()
    await gate.reached
    troubled.meet('compareAndSet', rejects)
    gate.release()
    await asked
    setBack(setBackMs)
    // The refresh gives up at the end of its lease, and not four hours later.
    await inTime(clock, oauth.settled())
    troubled.recover()
    expect(await oauth.installation(ada).accessToken()).toBeDefined()
  })
})

describe('F38 F42 the clock is set back during a run of keepAlive()', () => {
  /** Twelve users whose grants expire soon. After three answers, the clock is set back. */
  async function createRunScene(trouble: (request: number) => Response | undefined = () => undefined) {
    const users = Array.from({ length: 12 }, (_, index) => ({ id: index + 11, companyId: 1001 }))
    const scene = await createSetBackScene({ users })
    for (const { id } of users) await scene.connect(scene.oauth, `1001:${id}`)
    await scene.clock.advance(50 * day)
    let requests = 0
    const fetch: typeof globalThis.fetch = async (input, init) => {
      requests++
      if (requests === 4) scene.setBack(setBackMs)
      return trouble(requests) ?? scene.fake.fetch(input, init)
    }
    const oauth = scene.client({ fetch, policy: { requestsPerRefresh: 1 } })
    const run = async (options: Parameters<PipedriveOAuth['keepAlive']>[0]) => {
      const startedAt = scene.clock.now()
      const report = await inTime(scene.clock, oauth.keepAlive({ concurrency: 1, ...options }))
      return { report, tookMs: scene.clock.now() - startedAt }
    }
    return { run }
  }
  const busy = () => new Response('Slow down', { status: 429, headers: { 'retry-after': '5' } })
  const broken = () => new Response('Oops', { status: 500 })

  test.each([
    ['that has a pace', { perSecond: 2 }, () => undefined],
    ['that was held up a moment ago', {}, (request: number) => (request === 3 ? busy() : undefined)],
    ['that is held up then', {}, (request: number) => (request === 4 ? busy() : undefined)],
    ['that tries one again later', {}, (request: number) => (request === 3 ? broken() : undefined)],
  ] as const)('%s: it goes on', async (_, options, trouble) => {
    const { run } = await createRunScene(trouble)
    const { report, tookMs } = await run(options)
    expect(report).toMatchObject({ refreshed: 12, failed: 0, isComplete: true })
    expect(tookMs).toBeLessThan(minute)
  })

  test('in an outage: it ends as any other', async () => {
    const { run } = await createRunScene(broken)
    const { report, tookMs } = await run({})
    expect(report.stopped).toMatchObject({ reason: 'outage' })
    expect(tookMs).toBeLessThan(3 * minute)
  })
})

test('F38 a refresh whose claim was made before the clock was set back is not sent: its lease may be over', async () => {
  const { client, clock, refreshes, setBack, store } = await createSetBackScene()
  const troubled = troubledStore(store)
  const oauth = client({ store: troubled.store })
  await clock.advance(2 * hour)
  const claimed: Trouble = async (work) => {
    const answer = await work()
    setBack(setBackMs)
    return answer
  }
  troubled.meet('compareAndSet', claimed, 1)
  const failed = failure(oauth.installation(ada).accessToken())
  expect(await inTime(clock, failed)).toBe('token_endpoint_timeout')
  expect(refreshes()).toBe(0)
  await clock.advance(2 * second)
  expect(await oauth.installation(ada).accessToken()).toBeDefined()
  expect(refreshes()).toBe(1)
})

test('F38 a watch on the store whose opening hangs is given up although the clock was set back', async () => {
  const { client, heard, setBack, store } = await createSetBackScene()
  const troubled = troubledStore(store)
  const oauth = client({ store: troubled.store })
  troubled.meet('watch', hangs)
  await oauth.installation(ada).describe()
  setBack(setBackMs)
  await oauth.installation(ada).describe()
  expect(heard.some(({ type }) => type === 'watch_lost')).toBe(true)
})

test('F38 the check of the store is made again a minute after it failed, although the clock was set back', async () => {
  const { client, clock, setBack, store } = await createSetBackScene()
  const troubled = troubledStore(store)
  const oauth = client({ store: troubled.store, logger: false })
  troubled.meet('check', rejects, 1)
  await oauth.installation(ada).describe()
  setBack(setBackMs)
  for (let minutes = 0; minutes < 3; minutes++) {
    await clock.advance(minute)
    await oauth.installation(ada).describe()
  }
  expect(troubled.calls('check')).toBe(2)
})

test('F38 a key service is asked again although the clock was set back', async () => {
  const { client, clock, connect, setBack } = await createSetBackScene()
  const [old, fresh] = ['the-old-sealing-secret-0123456789-a', 'the-new-sealing-secret-0123456789-b']
  let known = [old]
  const oauth = client({ secrets: async () => known })
  await connect(oauth)
  await clock.advance(second)
  setBack(setBackMs)
  known = [fresh, old]
  await connect(client({ secrets: [fresh] }), '1001:12')
  expect(await oauth.installation('1001:12').describe()).toMatchObject({ status: 'active' })
})

test('F38 nobody joins a flight that began later than the clock shows', async () => {
  let now = setBackMs
  const flights = new Flights<string>(
    fullClock(() => now),
    minute,
  )
  const stop = new AbortController()
  const patience = { installationId: ada, waitMs: hour, signal: stop.signal }
  const starts = [() => new Promise<string>(() => {}), async () => 'token']
  const start = () => starts.shift()!()
  const first = rejection(flights.join('key', patience, start))
  now = 0
  expect(await flights.join('key', patience, start)).toBe('token')
  stop.abort()
  await first
})
