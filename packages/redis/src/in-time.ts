/**
 * Waits for a promise, but no longer than `ms`. If this process stood still meanwhile, it first reads what has arrived.
 * @throws {Error} if that time is over, and whatever the promise rejects with
 */
export async function inTime<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const fail = () => reject(new Error(`Redis did not answer within ${ms} ms.`))
    // Node runs due timers before it reads from sockets, and immediates after that.
    timer = setTimeout(() => setImmediate(fail), ms).unref()
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
