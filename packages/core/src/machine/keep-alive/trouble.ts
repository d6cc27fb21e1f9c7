import type { Policy } from '../policy.ts'

/**
 * Whether the failures of a keep-alive run are an outage, or belong to single installations. After some failures in a row
 * the run asks: a request that touches no installation. If that succeeds, the failures belong to the installations. If it
 * fails, too, this is an outage: the run pauses, asks again, and ends when that lasts.
 */
export interface Trouble {
  /** Failures since the last success, of any installation. */
  readonly failuresInARow: number
  /** After how many failures in a row the run asks. */
  readonly doubtAfter: number
  /** How often it has asked in this outage without success. */
  readonly asked: number
  /** When this outage was noticed, in epoch milliseconds. */
  readonly since?: number
  /** How often in a row Pipedrive asked to wait, without a success in between. */
  readonly holdUps: number
}

const leastDoubt = 3
const mostDoubt = 24
/** A run that is asked to wait longer than this ends: the next run goes on. In milliseconds. */
export const longestHoldUpMs = 600_000
const mostHoldUps = 20

export const noTrouble: Trouble = { failuresInARow: 0, doubtAfter: leastDoubt, asked: 0, holdUps: 0 }

/** Something succeeded, so there is no outage. */
export function onSuccess(trouble: Trouble): Trouble {
  return trouble.failuresInARow === 0 && trouble.holdUps === 0 && trouble.doubtAfter === leastDoubt
    ? trouble
    : noTrouble
}

/** Something failed that may fail for every installation. */
export function onFailure(trouble: Trouble): Trouble {
  return { ...trouble, failuresInARow: trouble.failuresInARow + 1 }
}

/** Returns whether it is time to ask if this is an outage. */
export function isDoubtful({ failuresInARow, doubtAfter }: Trouble): boolean {
  return failuresInARow >= doubtAfter
}

/**
 * The question was answered well. An outage is over; or there was none, and the failures belong to the installations: then
 * the run asks less often until a success.
 */
export function onSound(trouble: Trouble): Trouble {
  if (trouble.asked > 0) return noTrouble
  return { ...noTrouble, holdUps: trouble.holdUps, doubtAfter: Math.min(trouble.doubtAfter * 2, mostDoubt) }
}

/** The question failed, too. Returns how long to pause before the next one, in milliseconds; undefined ends the run. */
export function onOutage(
  trouble: Trouble,
  at: number,
  { cooldownMs, maximumCooldownMs }: Pick<Policy, 'cooldownMs' | 'maximumCooldownMs'>,
): readonly [next: Trouble, pauseMs: number | undefined] {
  const { since = at, asked } = trouble
  const pauseMs = Math.min(Math.max(cooldownMs, 1) * 2 ** Math.min(asked, 30), maximumCooldownMs)
  const isOver = at + pauseMs > since + maximumCooldownMs
  return [{ ...trouble, since, asked: asked + 1 }, isOver ? undefined : pauseMs]
}

/** Pipedrive asked to wait. Returns whether the run may wait, or ends. */
export function onHoldUp(trouble: Trouble, ms: number): readonly [next: Trouble, mayWait: boolean] {
  const holdUps = trouble.holdUps + 1
  return [{ ...trouble, holdUps }, ms <= longestHoldUpMs && holdUps <= mostHoldUps]
}
