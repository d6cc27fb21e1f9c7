import { context, SpanStatusCode, type Attributes } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { createFakePipedrive, manualClock } from '@pd/fake-pipedrive'
import {
  memoryStore,
  PipedriveOAuth,
  type InstallationId,
  type PipedriveOAuthOptions,
  type TokenStore,
} from '@pd/oauth-core'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { attributeNames, instrument, instrumentStore, metricNames, spanNames } from '../src/index.ts'

const hour = 3_600_000

/** A number, or a histogram with its count. */
interface Point {
  readonly attributes: Attributes
  readonly value: unknown
}

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})

/** A client on a fake Pipedrive, with the SDK of OpenTelemetry in memory. */
async function createScene(options: Partial<PipedriveOAuthOptions> = {}) {
  const clock = manualClock()
  const fake = createFakePipedrive({ clock })
  const spanExporter = new InMemorySpanExporter()
  const tracers = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: spanExporter })],
  })
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 1e9 })
  const meters = new MeterProvider({ readers: [reader] })
  onTestFinished(async () => {
    await Promise.all([tracers.shutdown(), meters.shutdown()])
  })
  const [tracer, meter] = [tracers.getTracer('test'), meters.getMeter('test')]
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
  /** Every data point of a metric. */
  const points = async (name: string): Promise<Point[]> => {
    metricExporter.reset()
    await reader.forceFlush()
    return metricExporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints as readonly Point[])
  }
  const spans = (name: string) => spanExporter.getFinishedSpans().filter((span) => span.name === name)
  return { clock, fake, oauth, make, connect, points, spans, stop, tracer, meter }
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
    const { clock, fake, connect, points } = await createScene()
    const installation = await connect()
    const gauge = async (name: string) =>
      Object.fromEntries(
        (await points(name)).map(({ attributes, value }) => [
          String(Object.values(attributes)[0] ?? ''),
          value,
        ]),
      )
    expect(await gauge(metricNames.installations)).toEqual({ refreshable: 1, needs_attention: 0 })
    expect(await gauge(metricNames.storeUp)).toEqual({ '': 1 })
    expect(await gauge(metricNames.unsavedTokens)).toEqual({ '': 0 })
    await clock.advance(2 * hour)
    await fake.uninstall({ companyId: 1001, id: 11 }, { deliver: false })
    await installation.accessToken().catch(() => {})
    expect(await gauge(metricNames.installations)).toEqual({ refreshable: 0, needs_attention: 1 })
    await clock.advance(59 * 24 * hour)
    expect(await gauge(metricNames.overdue)).toEqual({ '': 0 })
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

  test('a write that another process came before is a conflict, and an error is one of its operation', async () => {
    const { meter, points } = await createScene()
    const failing: TokenStore = { ...memoryStore(), get: () => Promise.reject(new Error('away')) }
    const store = instrumentStore(failing, { meter })
    expect(await store.compareAndSet('1:2', 'of another process', undefined)).toBe(false)
    expect(await store.compareAndSet('1:2', undefined, { version: 'a', value: 'x' })).toBe(true)
    await expect(store.get('1:2')).rejects.toThrow('away')
    expect((await points(metricNames.storeConflicts)).map(({ value }) => value)).toEqual([1])
    const failed = (await points(metricNames.storeDuration)).filter(
      ({ attributes }) => attributeNames.errorType in attributes,
    )
    expect(failed.map(({ attributes }) => attributes[attributeNames.operation])).toEqual(['get'])
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

  test('after its end nothing is recorded', async () => {
    const { connect, points, spans, stop } = await createScene()
    stop()
    await connect()
    expect(spans(spanNames.consent)).toEqual([])
    expect(await points(metricNames.installationChanges)).toEqual([])
    expect(await points(metricNames.installations)).toEqual([])
  })
})

test('instrumentStore() takes a frozen store, measures it, and shows the same members', async () => {
  const frozen = Object.freeze({ ...memoryStore() })
  const store = instrumentStore(frozen)
  expect(await store.get('1:1')).toBeUndefined()
  expect(store.get).not.toBe(frozen.get)
  expect(Object.keys(store)).toEqual(Object.keys(frozen))
  expect('watch' in store).toBe('watch' in frozen)
  expect(await { ...store }.get('1:1')).toBeUndefined()
})

describe('a store of instrumentStore()', () => {
  class Counting implements TokenStore {
    readonly #store = memoryStore()
    #reads = 0
    limit = 1
    watch?: NonNullable<TokenStore['watch']>
    get reads() {
      return this.#reads
    }
    get(id: InstallationId) {
      this.#reads += 1
      return this.#store.get(id)
    }
    compareAndSet(...parameters: Parameters<TokenStore['compareAndSet']>) {
      return this.#store.compareAndSet(...parameters)
    }
    async [Symbol.asyncDispose]() {
      this.limit = 0
    }
  }
  class Heir extends Counting {}
  const stores = {
    'a plain object': () => ({ ...memoryStore() }),
    'a frozen object': () => Object.freeze({ ...memoryStore() }),
    'an instance of a class': () => new Counting(),
    'an instance of a derived class': () => new Heir(),
    'a frozen instance': () => Object.freeze(new Heir()),
    'a store that is instrumented already': () => instrumentStore(new Counting()),
    'a proxy': (): TokenStore => {
      const all: TokenStore = memoryStore()
      return new Proxy({} as TokenStore, {
        get: (_, name) => Reflect.get(all, name) as unknown,
        set: (_, name, value) => Reflect.set(all, name, value),
      })
    },
  }

  test.each(Object.entries(stores))('on %s can be spied on, and so can the store below', async (_, make) => {
    const below: TokenStore = make()
    const store = instrumentStore(below)
    const spy = vi.spyOn(store, 'get').mockResolvedValueOnce({ version: 'spied', value: '' })
    expect(await store.get('1:1')).toEqual({ version: 'spied', value: '' })
    expect(await store.get('1:1')).toBeUndefined()
    expect(spy).toHaveBeenCalledTimes(2)
    spy.mockRestore()
    store.compareAndSet = async () => false
    expect(await store.compareAndSet('1:1', undefined, undefined)).toBe(false)
    expect(await below.compareAndSet('1:1', undefined, { version: 'a', value: '' })).toBe(true)
    Object.defineProperty(store, 'due', { value: 'defined' })
    expect(store.due).toBe('defined')
    if (Object.isFrozen(below)) return
    below.get = async () => ({ version: 'replaced', value: '' })
    expect(await store.get('1:1')).toEqual({ version: 'replaced', value: '' })
  })

  test('has no method that is deleted from it, and none that the store lacks', () => {
    const store: TokenStore = instrumentStore({ ...memoryStore() })
    expect(delete store.list).toBe(true)
    expect('list' in store).toBe(false)
    expect(store.list).toBeUndefined()
    expect('check' in instrumentStore(new Counting())).toBe(false)
    expect(instrumentStore(new Counting()).watch).toBeUndefined()
  })

  test('reads and writes the fields of its class, and is disposed of with it', async () => {
    const below = new Heir()
    const store = instrumentStore(below)
    expect(store).toBeInstanceOf(Counting)
    expect(Object.keys(store)).toEqual(Object.keys(below))
    await store.get('1:1')
    expect(store.reads).toBe(1)
    store.limit = 7
    expect(below.limit).toBe(7)
    {
      await using _ = store
    }
    expect(store.limit).toBe(0)
    expect(() => Object.assign(store, { reads: 5 })).toThrow(TypeError)
  })
})
