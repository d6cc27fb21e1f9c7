import type { FullClock } from './clock.ts'

/** How long something may take. */
export interface TimeLimit {
  readonly ms: number
  readonly clock: FullClock
  readonly signal?: AbortSignal | undefined
}

/**
 * Settles as the promise does, within a time limit. When the time is up, it rejects with what `late` returns; when the
 * signal aborts, with the signal's reason. The work behind the promise goes on.
 */
export function withTimeLimit<T>(
  promise: Promise<T>,
  { ms, clock, signal }: TimeLimit,
  late: () => Error,
): Promise<T> {
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
