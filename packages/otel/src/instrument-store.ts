import { metrics, type Meter } from '@opentelemetry/api'
import type { TokenStore } from '@pd/oauth-core'
import { attributeNames, metricNames, scopeName } from './names.ts'

/** The operations that are measured. `changed` and `watch` are not: they last as long as nothing happens. */
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
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      const known = methods.get(name)
      if (known !== undefined) return known
      const own = member.bind(target) as Method
      const method: Method = operations.has(name)
        ? (...parameters) => measured(String(name), () => own(...parameters))
        : own
      methods.set(name, method)
      return method
    },
  })
}
