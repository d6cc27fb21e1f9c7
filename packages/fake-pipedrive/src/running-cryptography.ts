/** The calls to `crypto.subtle` in this process. */
interface RunningCryptography {
  /** Those that have not ended. */
  readonly calls: ReadonlySet<Promise<unknown>>
  /** A digest that is not among them. */
  readonly digest: SubtleCrypto['digest']
}

/** Other copies of this module in the process find here what the first one has made. */
const shared = Symbol.for('@pd/fake-pipedrive: running cryptography')

/**
 * Watches the calls to `crypto.subtle`, from the first use on. Nothing else tells when cryptography has ended: it runs in
 * threads, and the system may suspend one of them for as long as it likes.
 */
export function runningCryptography(): RunningCryptography {
  const place = globalThis as { [shared]?: RunningCryptography }
  return (place[shared] ??= watchCryptography())
}

function watchCryptography(): RunningCryptography {
  const calls = new Set<Promise<unknown>>()
  const digest = crypto.subtle.digest.bind(crypto.subtle)
  const methods = Object.getPrototypeOf(crypto.subtle) as Record<string, unknown>
  for (const [name, { value, ...how }] of Object.entries(Object.getOwnPropertyDescriptors(methods))) {
    if (typeof value !== 'function' || name === 'constructor') continue
    const watched = new Proxy(value, {
      apply(method, self, parameters) {
        const call: unknown = Reflect.apply(method, self, parameters)
        if (!(call instanceof Promise)) return call
        calls.add(call)
        const ended = () => calls.delete(call)
        call.then(ended, ended)
        return call
      },
    })
    Object.defineProperty(methods, name, { ...how, value: watched })
  }
  return { calls, digest }
}
