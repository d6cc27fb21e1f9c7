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
    const callOff = clock.after(ms, () => {
      signal?.removeEventListener('abort', abort)
      reject(late())
    })
    const abort = () => {
      callOff()
      reject(signal?.reason)
    }
    const settle = () => {
      callOff()
      signal?.removeEventListener('abort', abort)
    }
    promise.then(
      (value) => {
        settle()
        resolve(value)
      },
      (error: unknown) => {
        settle()
        reject(error)
      },
    )
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  })
}
