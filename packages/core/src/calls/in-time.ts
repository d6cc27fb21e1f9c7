import { patientTimer } from './patient-timer.ts'

/**
 * Waits for a promise, but no longer than `ms` milliseconds. If this process stood still meanwhile, what has arrived by then
 * is read first.
 * @throws what `late` returns, if that time is over, and whatever the promise rejects with
 */
export async function inTime<T>(promise: Promise<T>, ms: number, late: () => Error): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>()
  const cancel = patientTimer(ms, () => reject(late()))
  try {
    return await Promise.race([promise, tooLate])
  } finally {
    cancel()
  }
}
