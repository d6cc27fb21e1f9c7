/**
 * How fast a keep-alive run starts refreshes. Without `perSecond` nothing limits it until Pipedrive answers 429. From then
 * on it keeps to a rate: a little less than what Pipedrive answered in the best second before, and slowly more for as long
 * as that goes well.
 * Instants are epoch milliseconds.
 */
export interface Pace {
  /** The rate that the application allows, in refreshes per second. Infinity: any. */
  readonly highest: number
  /** The rate at `since`. Infinity: no limit is known. */
  readonly perSecond: number
  readonly since: number
  /** How `perSecond` was found: by at least a second of answers, or by a guess that is corrected quickly. */
  readonly isMeasured: boolean
  /** The earliest start of the next refresh. */
  readonly nextAt: number
  /** Pipedrive asked to wait until then. */
  readonly pausedUntil: number
  /** When the last pause was asked for. Refusals of what was sent before it say nothing new. */
  readonly pausedAt: number
  /** What Pipedrive answered in the current second, and in the best whole second since the last pause. */
  readonly answers: { readonly from: number; readonly count: number; readonly bestPerSecond?: number }
}

const second = 1_000
/** A start may be this late without the next ones being late, too: timers are not exact. */
export const latenessMs = 25
/** How much of the measured rate is used after a pause. */
const caution = 0.95
const largestStep = 0.9
/** The pause if a 429 does not say how long to wait. */
export const unspecifiedPauseMs = second

export function beginPace(highest: number, at: number): Pace {
  return {
    highest,
    perSecond: Infinity,
    since: at,
    isMeasured: false,
    nextAt: at,
    pausedUntil: at,
    pausedAt: -Infinity,
    answers: { from: at, count: 0 },
  }
}

/** Returns the rate at an instant, in refreshes per second. */
export function rateAt(pace: Pace, at: number): number {
  const seconds = Math.max(0, at - Math.max(pace.since, pace.pausedUntil)) / second
  return Math.min(pace.highest, pace.perSecond * Math.exp(growth(seconds, pace.isMeasured)))
}

/** A measured rate grows by 3 % in the first 45 seconds, and then faster and faster. A guess doubles within 2 seconds. */
function growth(seconds: number, isMeasured: boolean): number {
  return isMeasured ? 0.03 * (2 ** Math.min(seconds / 45, 30) - 1) : Math.min(0.35 * seconds, 30)
}

/** Reserves the next start. Returns the pace after it, and when to start. */
export function reserve(pace: Pace, at: number): readonly [next: Pace, startAt: number] {
  const slot = Math.max(pace.nextAt, pace.pausedUntil, at - latenessMs)
  return [{ ...pace, nextAt: slot + second / rateAt(pace, slot) }, Math.max(slot, at)]
}

/** Pipedrive answered a request with anything but 429. */
export function onAnswered(pace: Pace, at: number): Pace {
  const { from, count, bestPerSecond = 0 } = pace.answers
  const elapsedMs = at - from
  const answers =
    elapsedMs < second
      ? { ...pace.answers, count: count + 1 }
      : { from: at, count: 1, bestPerSecond: Math.max(bestPerSecond, (count * second) / elapsedMs) }
  return { ...pace, answers }
}

/** Pipedrive asked to wait `ms` milliseconds, in its answer to a request that was sent at `sentAt`. */
export function onHeldUp(pace: Pace, { at, sentAt, ms }: HeldUp): Pace {
  const pausedUntil = Math.max(pace.pausedUntil, at + ms)
  if (sentAt <= pace.pausedAt) return { ...pace, pausedUntil }
  const { count, bestPerSecond } = pace.answers
  const current = rateAt(pace, at)
  // A process that was busy sees fewer answers than Pipedrive allows, so a measured rate falls by a tenth at most.
  const least = pace.isMeasured ? largestStep * current : 1
  const seen = Math.min(Math.max(bestPerSecond ?? count, least), current)
  return {
    ...pace,
    perSecond: seen * caution,
    since: pausedUntil,
    isMeasured: bestPerSecond !== undefined,
    // The starts that were reserved before the pause are given up, but they may have happened already.
    nextAt: pace.highest === Infinity ? pausedUntil : Math.max(pace.nextAt, pausedUntil),
    pausedUntil,
    pausedAt: at,
    answers: { from: pausedUntil, count: 0 },
  }
}

interface HeldUp {
  readonly at: number
  readonly sentAt: number
  readonly ms: number
}
