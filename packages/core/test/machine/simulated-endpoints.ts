/** Answers a request at an instant (epoch ms): undefined, or with 429 and how long to wait, in milliseconds. */
type Endpoint = (at: number) => number | undefined

const second = 1_000

/** Endpoints that allow `perSecond` requests a second on average, by the rules that services use. */
export const endpoints = {
  'in any second': (perSecond: number) => slidingWindow(perSecond, second),
  'in any two seconds': (perSecond: number) => slidingWindow(perSecond, 2 * second),
  'in each second of its clock': (perSecond: number) => fixedWindow(perSecond),
  'with a bucket of one second': (perSecond: number) => tokenBucket(perSecond, perSecond),
  'with a bucket of a tenth of a second': (perSecond: number) => tokenBucket(perSecond, perSecond / 10),
} satisfies Record<string, (perSecond: number) => Endpoint>

function slidingWindow(perSecond: number, windowMs: number): Endpoint {
  const accepted: number[] = []
  let oldest = 0
  return (at) => {
    while (oldest < accepted.length && accepted[oldest]! <= at - windowMs) oldest++
    if (accepted.length - oldest >= (perSecond * windowMs) / second) return second
    accepted.push(at)
    return undefined
  }
}

function fixedWindow(perSecond: number): Endpoint {
  let window = -1
  let accepted = 0
  return (at) => {
    // Its seconds do not begin when the run does.
    const current = Math.floor((at + 370) / second)
    if (current !== window) accepted = 0
    window = current
    return accepted++ < perSecond ? undefined : second
  }
}

function tokenBucket(perSecond: number, size: number): Endpoint {
  const capacity = Math.max(2, size)
  let tokens = capacity
  let filledAt = 0
  return (at) => {
    tokens = Math.min(capacity, tokens + ((at - filledAt) * perSecond) / second)
    filledAt = at
    if (tokens < 1) return second
    tokens--
    return undefined
  }
}
