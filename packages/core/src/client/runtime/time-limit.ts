import type { FullClock } from './clock.ts'

/** How long a promise may take. */
export interface TimeLimit {
  readonly ms: number
  readonly clock: FullClock
  readonly signal?: AbortSignal | undefined
}

/**
 * Settles as the promise does, within `ms` milliseconds. After that time, it rejects with the error that `late`
 * returns; if the signal aborts, with the signal's reason. The work behind the promise continues. `mapped` returns the error to
 * reject with, for each error but the signal's reason. Default: the same.
 */
export function withTimeLimit<T>(
  promise: Promise<T>,
  { ms, clock, signal }: TimeLimit,
  late: () => Error,
  mapped: (error: unknown) => unknown = (error) => error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let isLate = false
    const callOff = clock.after(ms, () => {
      isLate = true
      signal?.removeEventListener('abort', abort)
      reject(mapped(late()))
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
        if (!isLate) reject(mapped(error))
      },
    )
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  })
}
