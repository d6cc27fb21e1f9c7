import type { FullClock } from './clock.ts'

/**
 * The promise, unless it takes longer than `ms` or the signal comes first: then what `late` gives, or the
 * signal's reason, is thrown. The promise itself goes on.
 */
export function within<T>(
  promise: Promise<T>,
  limit: { readonly ms: number; readonly clock: FullClock; readonly signal?: AbortSignal | undefined },
  late: () => Error,
): Promise<T> {
  const { ms, clock, signal } = limit
  return new Promise((resolve, reject) => {
    const stop = new AbortController()
    const settle = () => {
      stop.abort()
      signal?.removeEventListener('abort', abort)
    }
    const abort = () => {
      settle()
      reject(signal?.reason)
    }
    if (signal?.aborted) return abort()
    signal?.addEventListener('abort', abort)
    promise.finally(settle).then(resolve, reject)
    clock.sleep(ms, stop.signal).then(
      () => {
        settle()
        reject(late())
      },
      () => {},
    )
  })
}
