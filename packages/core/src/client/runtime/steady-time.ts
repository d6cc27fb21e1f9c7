/**
 * Returns a function that tells the time in epoch milliseconds and never goes back: when the clock is set back, it goes on from
 * the time that it told last. For waiting and time limits. Such times must not be stored.
 */
export function steadyTime(clock: { now(): number }): () => number {
  let seenAt = clock.now()
  let told = seenAt
  return () => {
    const now = clock.now()
    told += Math.max(0, now - seenAt)
    seenAt = now
    return told
  }
}
