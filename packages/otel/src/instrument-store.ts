import { metrics, type Meter } from '@opentelemetry/api'
import type { TokenStore } from '@pd/oauth-core'
import { attributeNames, metricNames, scopeName } from './names.ts'

/** What is measured. `changed` and `watch` are not, because they last as long as nothing happens, nor is `check`, a probe. */
const operations = new Set<PropertyKey>([
  'get',
  'compareAndSet',
  'list',
  'due',
  'count',
] satisfies (keyof TokenStore)[])

type Method = (...parameters: unknown[]) => unknown

/**
 * Returns the store, with each operation measured, and with the writes counted that another process came before. Give the
 * result to the client: `new PipedriveOAuth({ store: instrumentStore(redisStore(redis)) })`.
 *
 * `meter`. Default: the meter `@pd/oauth-otel` of the global meter provider.
 */
export function instrumentStore<Store extends TokenStore>(
  store: Store,
  { meter = metrics.getMeter(scopeName) }: { readonly meter?: Meter | undefined } = {},
): Store {
  const duration = meter.createHistogram(metricNames.storeDuration, {
    unit: 's',
    description: 'Calls to the token store',
    advice: { explicitBucketBoundaries: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5] },
  })
  const conflicts = meter.createCounter(metricNames.storeConflicts, {
    unit: '{write}',
    description: 'Writes that another process came before',
  })

  const measured = async (name: string, call: () => unknown) => {
    const attributes = { [attributeNames.operation]: name }
    const began = performance.now()
    const took = () => (performance.now() - began) / 1_000
    try {
      const result = await call()
      duration.record(took(), attributes)
      if (name === 'compareAndSet' && result === false) conflicts.add(1)
      return result
    } catch (error) {
      duration.record(took(), { ...attributes, [attributeNames.errorType]: 'store_failed' })
      throw error
    }
  }
  const methods = new Map<PropertyKey, Method>()
  // A proxy of a frozen object may return nothing but its own methods, so this one stands before an object of ours.
  return new Proxy(Object.create(store) as Store, {
    get(_, name) {
      const member: unknown = Reflect.get(store, name, store)
      if (typeof member !== 'function') return member
      const known = methods.get(name)
      if (known !== undefined) return known
      const own = member.bind(store) as Method
      const method: Method = operations.has(name)
        ? (...parameters) => measured(String(name), () => own(...parameters))
        : own
      methods.set(name, method)
      return method
    },
    set: (_, name, value) => Reflect.set(store, name, value, store),
    ownKeys: () => Reflect.ownKeys(store),
    getOwnPropertyDescriptor(_, name) {
      const descriptor = Reflect.getOwnPropertyDescriptor(store, name)
      return descriptor && { ...descriptor, configurable: true }
    },
  })
}
