import { beginPace, onAnswered, onHeldUp, reserve } from '../../src/machine/keep-alive/pace.ts'
import { seededRandom } from '../../src/store-suite/seeded-random.ts'

interface SimulatedRun {
  readonly seconds: number
  readonly concurrency: number
  /** From the start of a request to its answer. Each request takes up to a fifth more or less. */
  readonly latencyMs: number
  /** The process stands still for so long on average, every two seconds on average. */
  readonly stallMs: number
  readonly endpoint: (at: number) => number | undefined
}

/** Runs the pace of a keep-alive run that always has more to refresh. Returns when which answers came. */
export function simulateRun({ seconds, concurrency, latencyMs, stallMs, endpoint }: SimulatedRun) {
  const random = seededRandom(1)
  const events = createEvents()
  const isRunningAt = createStalls(stallMs, random)
  const inProcess = (at: number, act: (now: number) => void): void =>
    events.add(at, (now) => {
      const runsAt = isRunningAt(now)
      if (runsAt > now) events.add(runsAt, act)
      else act(now)
    })

  let pace = beginPace(Infinity, 0)
  const lanes = { waiting: concurrency, isSleeping: false }
  const answered: number[] = []
  const refused: number[] = []

  const send = (sentAt: number) => {
    const oneWayMs = (latencyMs / 2) * (0.8 + 0.4 * random())
    events.add(sentAt + oneWayMs, (arrivedAt) => {
      const ms = endpoint(arrivedAt)
      inProcess(arrivedAt + oneWayMs, (at) => {
        if (ms === undefined) pace = onAnswered(pace, { at, sentAt })
        else pace = onHeldUp(pace, { at, sentAt, ms })
        ;(ms === undefined ? answered : refused).push(at)
        lanes.waiting++
        turn(at)
      })
    })
  }
  const turn = (now: number) => {
    while (lanes.waiting > 0 && !lanes.isSleeping) {
      const [next, startAt] = reserve(pace, now)
      pace = next
      if (startAt > now) {
        lanes.isSleeping = true
        inProcess(now + Math.ceil(startAt - now), start)
      } else if (now >= pace.pausedUntil) begin(now)
    }
  }
  const begin = (now: number) => {
    lanes.waiting--
    send(now)
  }
  const start = (now: number) => {
    lanes.isSleeping = false
    if (now >= pace.pausedUntil) begin(now)
    turn(now)
  }

  turn(0)
  events.runUntil(seconds * 1_000)
  return { answered, refused }
}

/** Returns from when the process runs again, or the instant itself if it does not stand still. */
function createStalls(stallMs: number, random: () => number) {
  let from = Infinity
  let until = stallMs > 0 ? 0 : Infinity
  return (now: number): number => {
    while (now > until) {
      from = until + 4_000 * random()
      until = from + 2 * stallMs * random()
    }
    return now >= from ? until : now
  }
}

/** What happens later, in the order of its time: a heap. */
function createEvents() {
  const heap: { readonly at: number; readonly act: (now: number) => void }[] = []
  const isBefore = (left: number, right: number) => heap[left]!.at < heap[right]!.at
  const swap = (left: number, right: number) => ([heap[left], heap[right]] = [heap[right]!, heap[left]!])
  const add = (at: number, act: (now: number) => void) => {
    let index = heap.push({ at, act }) - 1
    for (let above; index > 0 && isBefore(index, (above = (index - 1) >> 1)); index = above)
      swap(index, above)
  }
  const take = () => {
    swap(0, heap.length - 1)
    const first = heap.pop()!
    for (let index = 0; ;) {
      const [left, right] = [2 * index + 1, 2 * index + 2]
      if (left >= heap.length) return first
      const sooner = right < heap.length && isBefore(right, left) ? right : left
      if (!isBefore(sooner, index)) return first
      swap(index, sooner)
      index = sooner
    }
  }
  const runUntil = (end: number) => {
    while (heap.length > 0 && heap[0]!.at <= end) {
      const { at, act } = take()
      act(at)
    }
  }
  return { add, runUntil }
}
