/** The longest wait of a runtime's timer, in milliseconds. A longer one would fire at once. */
const longestTimerMs = 2_147_483_647

/**
 * How many turns of the event loop a timer of `patientTimer` gives before it fires. One lets a runtime read its sockets;
 * Node takes more to decompress what it has read.
 */
const turns = 10

/** Calls `run` once, after `ms` milliseconds. The returned function cancels it. */
export function timer(ms: number, run: () => void): () => void {
  const id = setTimeout(run, Math.min(Math.max(ms, 0), longestTimerMs))
  return () => clearTimeout(id)
}

/**
 * Calls `run` once, after `ms` milliseconds and a few turns of the event loop: for time-outs. When a process was stopped or busy,
 * its timers run before it reads the answers that lie in its sockets. The returned function cancels it.
 */
export function patientTimer(ms: number, run: () => void): () => void {
  let left = turns
  let cancel = timer(ms, next)
  function next(): void {
    if (left-- === 0) run()
    else cancel = timer(0, next)
  }
  return () => cancel()
}
