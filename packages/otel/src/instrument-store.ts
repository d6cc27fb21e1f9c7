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

const methods = new Set<PropertyKey>([
  ...operations,
  ...(['changed', 'watch', 'check'] satisfies (keyof TokenStore)[]),
])

type Member = (...parameters: unknown[]) => unknown

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
      // Only a write answers so.
      if (result === false) conflicts.add(1)
      return result
    } catch (error) {
      duration.record(took(), { ...attributes, [attributeNames.errorType]: 'store_failed' })
      throw error
    }
  }
  return mirror(store, (name) => {
    const call: Member = (...parameters) => (store[name as keyof Store] as Member)(...parameters)
    return operations.has(name) ? (...parameters) => measured(String(name), () => call(...parameters)) : call
  })
}

/**
 * Returns an object with the members of a store, its own and its inherited ones. Each function is replaced, and what is no
 * function is read and written in the store. No proxy and no heir of the store: its class may have private fields, it may
 * be frozen, and a spy defines a property.
 */
function mirror<Store extends TokenStore>(store: Store, replace: (name: PropertyKey) => Member): Store {
  const members = store as Record<PropertyKey, unknown>
  const define = (image: object, name: PropertyKey, descriptor: PropertyDescriptor) => {
    const replaced = replace(name)
    const how = { configurable: true, enumerable: descriptor.enumerable === true }
    const property: PropertyDescriptor =
      typeof descriptor.value === 'function'
        ? { ...how, value: replaced, writable: true }
        : {
            ...how,
            get: () => (typeof members[name] === 'function' ? replaced : members[name]),
            set: (value) => void (members[name] = value),
          }
    Object.defineProperty(image, name, property)
  }
  const prototype = Object.getPrototypeOf(store) as object | null
  const inherited: object = Object.create(prototype)
  const image = Object.create(inherited) as Store
  for (
    let layer = prototype;
    layer !== null && layer !== Object.prototype;
    layer = Object.getPrototypeOf(layer)
  )
    for (const [name, descriptor] of descriptorsOf(layer))
      if (name !== 'constructor') define(inherited, name, descriptor)
  for (const [name, descriptor] of descriptorsOf(store)) define(image, name, descriptor)
  // A store that is itself a proxy may have methods that it does not list.
  for (const name of methods)
    if (!(name in image) && typeof members[name] === 'function')
      define(image, name, { value: members[name], enumerable: true })
  return image
}

function descriptorsOf(object: object): (readonly [PropertyKey, PropertyDescriptor])[] {
  const descriptors = Object.getOwnPropertyDescriptors(object) as Record<PropertyKey, PropertyDescriptor>
  return Reflect.ownKeys(descriptors).map((name) => [name, descriptors[name] as PropertyDescriptor])
}
