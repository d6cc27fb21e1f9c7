import { context, SpanStatusCode } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { createFakePipedrive, manualClock } from '@pd/fake-pipedrive'
import { memoryStore, PipedriveOAuth, type PipedriveOAuthOptions, type TokenStore } from '@pd/oauth-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { attributeNames, instrument, instrumentStore, metricNames, spanNames } from '../src/index.ts'
import { openTelemetry } from './open-telemetry.ts'

const hour = 3_600_000
const gaugesOfHealth = [
  metricNames.unsavedTokens,
  metricNames.overdue,
  metricNames.installations,
  metricNames.clockOffset,
  metricNames.storeUp,
  metricNames.watchUp,
]

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})

/** A client on a fake Pipedrive, with the SDK of OpenTelemetry in memory. */
async function createScene(options: Partial<PipedriveOAuthOptions> = {}) {
  const clock = manualClock()
  const fake = createFakePipedrive({ clock })
  const { meter, tracer, metrics, points, spans } = openTelemetry()
  const { store = memoryStore(), ...others } = options
  const make = (more: Partial<PipedriveOAuthOptions> = {}) =>
    new PipedriveOAuth({
      clientId: fake.app.clientId,
      clientSecret: fake.app.clientSecret,
      redirectUri: fake.app.redirectUri,
      secrets: ['only-for-tests-0123456789-abcdefghij'],
      fetch: fake.fetch,
      clock,
      logger: false,
      store: instrumentStore(store, { meter }),
      ...others,
      ...more,
    })
  const oauth = make()
  const stop = instrument(oauth, { meter, tracer })
  const connect = async () => {
    const { url, attempt } = await oauth.authorize({ reference: 'tenant-7' })
    await clock.advance(20_000)
    return (await oauth.callback(await fake.approve(url), attempt)).installation
  }
  const names = new Set<string>(gaugesOfHealth)
  /** The gauges that come from `health()`, with the status of what they count. */
  const gauges = async () =>
    Object.fromEntries(
      (await metrics())
        .filter(({ descriptor }) => names.has(descriptor.name))
        .flatMap(({ descriptor, dataPoints }) =>
          dataPoints.map(({ attributes, value }) => [
            [descriptor.name, ...Object.values(attributes)].join(' '),
            value,
          ]),
        ),
    )
  return { clock, fake, oauth, make, connect, points, gauges, metrics, spans, stop, tracer, meter }
}

describe('spans', () => {
  test('a refresh is a span within the call that began it', async () => {
    const { clock, connect, spans, tracer } = await createScene()
    const installation = await connect()
    await clock.advance(2 * hour)
    await tracer.startActiveSpan('request', async (request) => {
      await installation.accessToken()
      request.end()
    })
    const [refresh] = spans(spanNames.refresh)
    const [request] = spans('request')
    expect(refresh?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId)
    expect(refresh?.attributes).toEqual({
      [attributeNames.installationId]: '1001:11',
      [attributeNames.reference]: 'tenant-7',
      [attributeNames.outcome]: 'refreshed',
    })
    expect(refresh?.ended).toBe(true)
    expect(spans(spanNames.refresh)).toHaveLength(1)
  })

  test('a call that waits links to the refresh it waits for', async () => {
    const { clock, fake, connect, spans } = await createScene()
    const installation = await connect()
    await clock.advance(2 * hour)
    const gate = fake.faults.hold({ endpoint: 'token' })
    const first = installation.accessToken()
    await gate.reached
    const second = installation.refresh()
    await clock.advance(300)
    gate.release()
    await Promise.all([first, second])
    const [refresh] = spans(spanNames.refresh)
    const [wait] = spans(spanNames.wait)
    expect(wait?.links.map((link) => link.context.spanId)).toEqual([refresh?.spanContext().spanId])
  })

  test('a refused refresh is a span with the error, and its cause', async () => {
    const { clock, fake, connect, spans } = await createScene()
    const installation = await connect()
    await clock.advance(2 * hour)
    await fake.uninstall({ companyId: 1001, id: 11 }, { deliver: false })
    await expect(installation.accessToken()).rejects.toMatchObject({ code: 'reauthorization_required' })
    const [refresh] = spans(spanNames.refresh)
    expect(refresh?.status.code).toBe(SpanStatusCode.ERROR)
    expect(refresh?.attributes).toMatchObject({
      [attributeNames.outcome]: 'reauthorization_required',
      [attributeNames.errorType]: 'invalid_grant',
    })
  })

  test('a consent is a span from the install link to the end', async () => {
    const { connect, spans } = await createScene()
    await connect()
    const [consent] = spans(spanNames.consent)
    expect(consent?.duration).toEqual([20, 0])
    expect(consent?.attributes).toMatchObject({ [attributeNames.reference]: 'tenant-7' })
  })

  test('a run of keepAlive() is a span', async () => {
    const { connect, oauth, spans } = await createScene()
    await connect()
    await oauth.keepAlive()
    expect(spans(spanNames.keepAlive)).toHaveLength(1)
  })
})

describe('metrics', () => {
  test('refreshes are counted by outcome, with the code of what failed', async () => {
    const { clock, fake, connect, points } = await createScene()
    const installation = await connect()
    await clock.advance(2 * hour)
    await installation.accessToken()
    await clock.advance(2 * hour)
    fake.faults.add({ endpoint: 'token', times: 10, fault: { type: 'status', status: 503 } })
    const failing = installation.accessToken().catch((error: unknown) => error)
    await clock.advance(60_000)
    expect(await failing).toMatchObject({ code: 'token_endpoint_unavailable' })
    const counted = (await points(metricNames.refreshDuration)).map(({ attributes, value }) => [
      attributes,
      (value as { count: number }).count,
    ])
    expect(counted).toEqual([
      [{ [attributeNames.outcome]: 'refreshed' }, 1],
      [
        {
          [attributeNames.outcome]: 'refresh_failed',
          [attributeNames.errorType]: 'token_endpoint_unavailable',
        },
        1,
      ],
    ])
  })

  test('the gauges come from health()', async () => {
    const { clock, fake, connect, gauges } = await createScene()
    const installation = await connect()
    expect(await gauges()).toEqual({
      [metricNames.unsavedTokens]: 0,
      [metricNames.storeUp]: 1,
      [metricNames.watchUp]: 1,
      [metricNames.overdue]: 0,
      [`${metricNames.installations} refreshable`]: 1,
      [`${metricNames.installations} needs_attention`]: 0,
    })
    await clock.advance(2 * hour)
    await fake.uninstall({ companyId: 1001, id: 11 }, { deliver: false })
    await installation.accessToken().catch(() => {})
    expect(await gauges()).toMatchObject({
      [`${metricNames.installations} refreshable`]: 0,
      [`${metricNames.installations} needs_attention`]: 1,
    })
    await clock.advance(59 * 24 * hour)
    expect(await gauges()).toMatchObject({ [metricNames.overdue]: 0 })
  })

  test('the gauge of the clock tells seconds that it is ahead of Pipedrive’s', async () => {
    const { clock, fake, make, gauges, meter, tracer } = await createScene()
    const late = new Date(clock.now() - 90_000).toUTCString()
    const oauth = make({
      fetch: async (...call) => {
        const { body, status, headers } = await fake.fetch(...call)
        return new Response(body, { status, headers: { ...Object.fromEntries(headers), date: late } })
      },
    })
    instrument(oauth, { meter, tracer })
    const { url, attempt } = await oauth.authorize()
    await oauth.callback(await fake.approve(url), attempt)
    expect(await gauges()).toMatchObject({ [metricNames.clockOffset]: expect.closeTo(90, -1) })
  })

  test('a gauge is missing for what the store cannot tell', async () => {
    const { get, compareAndSet } = memoryStore()
    const small = await createScene({ store: { get, compareAndSet } })
    expect(await small.gauges()).toEqual({ [metricNames.unsavedTokens]: 0, [metricNames.storeUp]: 1 })

    const away = () => Promise.reject(new Error('connect ECONNREFUSED'))
    const { oauth, gauges } = await createScene({
      store: { ...memoryStore(), get: away, list: away, due: away, count: away },
    })
    expect((await oauth.health()).status).toBe('failed')
    expect(await gauges()).toEqual({ [metricNames.unsavedTokens]: 0, [metricNames.storeUp]: 0 })
  })

  test('the gauge of the watch is missing while memory is not used, 1 while it hears, and 0 once it does not', async () => {
    const memory = memoryStore()
    const { promise: lost, resolve: lose } = Promise.withResolvers<Error>()
    const watch: TokenStore['watch'] = async (changed, options) => ({
      ...(await memory.watch(changed, options)),
      lost,
    })
    const { connect, points } = await createScene({ store: { ...memory, watch } })
    const gauge = async () => (await points(metricNames.watchUp)).map(({ value }) => value)
    expect(await gauge()).toEqual([])
    await connect()
    expect(await gauge()).toEqual([1])
    lose(new Error('read ECONNRESET'))
    expect(await gauge()).toEqual([0])
  })

  test('a run of keepAlive() tells what is left, and how long that still has', async () => {
    const { clock, fake, connect, oauth, points } = await createScene()
    await connect()
    await clock.advance(50 * 24 * hour)
    fake.faults.add({ endpoint: 'token', times: 10, fault: { type: 'status', status: 503 } })
    const working = oauth.keepAlive()
    const progress = { isDone: false }
    void working.finally(() => (progress.isDone = true))
    while (!progress.isDone) await clock.advance(1_000)
    const { left, soonestExpiryAt } = await working
    expect(left).toBe(1)
    expect((await points(metricNames.keepAliveLeft)).map(({ value }) => value)).toEqual([1])
    const [margin] = await points(metricNames.keepAliveMargin)
    expect(margin?.value).toBeCloseTo((soonestExpiryAt! - clock.now()) / 1_000, -1)
  })

  test('a store is measured by operation, and keeps all that it can do', async () => {
    const { connect, oauth, points } = await createScene()
    await connect()
    const operations = (await points(metricNames.storeDuration)).map(
      ({ attributes }) => attributes[attributeNames.operation],
    )
    expect(operations).toEqual(expect.arrayContaining(['get', 'compareAndSet']))
    for await (const { id } of oauth.installations()) expect(id).toBe('1001:11')
    expect((await oauth.checkStore({ write: true })).latencyMs).toBeGreaterThanOrEqual(0)
  })

  test('the gauges have descriptions, and units where they have one', async () => {
    const { connect, metrics } = await createScene()
    await connect()
    const described = (await metrics())
      .filter(({ descriptor }) => gaugesOfHealth.some((name) => name === descriptor.name))
      .map(({ descriptor: { name, description, unit } }) => [name, [description, unit]])
    expect(Object.fromEntries(described)).toMatchInlineSnapshot(`
      {
        "pipedrive.oauth.installations": [
          "Installations in the store",
          "{installation}",
        ],
        "pipedrive.oauth.overdue": [
          "Installations that keepAlive() should have refreshed",
          "{installation}",
        ],
        "pipedrive.oauth.store.up": [
          "Whether the store answers",
          "",
        ],
        "pipedrive.oauth.unsaved_tokens": [
          "Installations whose new tokens are in the memory of this process alone",
          "{installation}",
        ],
        "pipedrive.oauth.watch.up": [
          "Whether memory hears of changes in the store",
          "",
        ],
      }
    `)
  })

  test('no metric carries the id or the reference of an installation', async () => {
    const { clock, connect, oauth, points } = await createScene()
    const installation = await connect()
    await clock.advance(2 * hour)
    await installation.api('/api/v2/deals')
    await oauth.keepAlive()
    await installation.uninstall()
    const all = JSON.stringify(await Promise.all(Object.values(metricNames).map(points)))
    expect(all).toContain('uninstalled')
    expect(all).not.toContain('1001:11')
    expect(all).not.toContain('tenant-7')
  })

  test('without the gauges of health() the store is asked nothing, and the rest is recorded', async () => {
    const { make, fake, gauges, meter, tracer, points, stop } = await createScene()
    stop()
    const oauth = make()
    const end = instrument(oauth, { meter, tracer, health: false })
    const { url, attempt } = await oauth.authorize()
    await oauth.callback(await fake.approve(url), attempt)
    expect(await gauges()).toEqual({})
    expect(await points(metricNames.installationChanges)).toHaveLength(1)
    end()
  })

  test('after its end nothing is recorded', async () => {
    const { connect, points, spans, stop } = await createScene()
    stop()
    await connect()
    expect(spans(spanNames.consent)).toEqual([])
    expect(await points(metricNames.installationChanges)).toEqual([])
    expect(await points(metricNames.installations)).toEqual([])
  })
})

test.each([
  [{ metre: {} }, 'metre is not a known option'],
  [{ meter: {} }, 'meter must be a Meter of OpenTelemetry'],
  [{ tracer: {} }, 'tracer must be a Tracer of OpenTelemetry'],
  [{ health: 'no' }, 'health must be true or false'],
])('instrument() refuses %j: %s', async (options, problem) => {
  const { make } = await createScene()
  expect(() => instrument(make(), options as object)).toThrow(
    expect.objectContaining({ code: 'invalid_configuration', problems: [`instrument(): ${problem}`] }),
  )
})
