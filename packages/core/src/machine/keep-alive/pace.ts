import { second } from '../durations.ts'

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
  /** Whether `perSecond` comes from at least a second of answers. If not, it is a guess that is corrected quickly. */
  readonly isMeasured: boolean
  /** The earliest start of the next refresh. */
  readonly nextAt: number
  /** Pipedrive asked to wait until then. */
  readonly pausedUntil: number
  /** When the last pause was asked for. Refusals of what was sent before it say nothing new. */
  readonly pausedAt: number
  /** What Pipedrive answered in the current second, which its first answer began, and in the best one since the last pause. */
  readonly answers: { readonly from?: number; readonly count: number; readonly bestPerSecond?: number }
}

/** A start may be this late without the next ones being late, too: timers are not exact. */
export const latenessMs = 15
/** How much of the rate that Pipedrive answered is used after a pause. */
const caution = 0.96
/**
 * The most that one refusal takes from a rate. A process that was busy, or shares the limit with others, sees fewer answers
 * than Pipedrive allows.
 */
const smallest = { measured: 0.9, guessed: 0.7 }
/** A rate grows by 3 % in this time, and then faster and faster. */
const growthMs = { measured: 45_000, guessed: 2_000 }
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
    answers: { count: 0 },
  }
}

/** Returns the rate at an instant, in refreshes per second. */
export function rateAt(pace: Pace, at: number): number {
  const ms = Math.max(0, at - Math.max(pace.since, pace.pausedUntil))
  const growth = 0.03 * (2 ** Math.min(ms / slowness(pace), 14) - 1)
  return Math.min(pace.highest, pace.perSecond * Math.exp(growth))
}

/** Returns how slowly the rate grows, in milliseconds: the longer a pause is, the rarer the next one should be. */
function slowness({ isMeasured, pausedAt, pausedUntil }: Pace): number {
  if (!isMeasured) return growthMs.guessed
  return growthMs.measured * Math.min(Math.max((pausedUntil - pausedAt) / second, 1), 10)
}

/** Reserves the next start. Returns the pace after it, and when to start. */
export function reserve(pace: Pace, at: number): readonly [next: Pace, startAt: number] {
  const slot = Math.max(pace.nextAt, pace.pausedUntil, at - latenessMs)
  return [{ ...pace, nextAt: slot + second / rateAt(pace, slot) }, Math.max(slot, at)]
}

/** Pipedrive answered a request with anything but 429. What was sent before the last pause says nothing about the rate after it. */
export function onAnswered(pace: Pace, { at, sentAt }: Answered): Pace {
  if (sentAt <= pace.pausedAt) return pace
  const { from = at, count, bestPerSecond = 0 } = pace.answers
  const elapsedMs = at - from
  const answers =
    elapsedMs < second
      ? { ...pace.answers, from, count: count + 1 }
      : { from: at, count: 1, bestPerSecond: Math.max(bestPerSecond, (count * second) / elapsedMs) }
  return { ...pace, answers }
}

/** Pipedrive asked to wait `ms` milliseconds, in its answer to a request that was sent at `sentAt`. */
export function onHeldUp(pace: Pace, { at, sentAt, ms }: HeldUp): Pace {
  const pausedUntil = Math.max(pace.pausedUntil, at + ms)
  if (sentAt <= pace.pausedAt) return { ...pace, pausedUntil }
  return {
    ...pace,
    perSecond: lowered(pace, at, pausedUntil),
    since: pausedUntil,
    isMeasured: pace.isMeasured || pace.answers.bestPerSecond !== undefined,
    nextAt: Math.max(pace.nextAt, pausedUntil),
    pausedUntil,
    pausedAt: at,
    answers: { count: 0 },
  }
}

function lowered(pace: Pace, at: number, pausedUntil: number): number {
  const { answers, isMeasured, since } = pace
  const refused = rateAt(pace, at)
  const least = refused === Infinity ? 1 : smallest[isMeasured ? 'measured' : 'guessed'] * refused
  // Including the pause, Pipedrive answered this share of `refused`. What it allows is between the two.
  const ran = Math.max(0, at - since)
  const share = isMeasured ? Math.min(caution, Math.sqrt(ran / (ran + pausedUntil - at))) : caution
  return Math.max(least, Math.min(share * refused, caution * (answers.bestPerSecond ?? answers.count)))
}

interface Answered {
  readonly at: number
  readonly sentAt: number
}

interface HeldUp extends Answered {
  readonly ms: number
}
