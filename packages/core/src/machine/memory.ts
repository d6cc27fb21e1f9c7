import type { Policy } from './policy.ts'

/**
 * How long a record in memory is believed.
 *
 * Rule 1: for `cacheMs` from when the read or write began that it comes from, and never once another version was told.
 * Rule 2: longer, while the same watch stands that stood when that read or write began: then every change since was told.
 * Rule 3: a watch stands only as long as a heartbeat has shown that it hears. A process that stood still has to hear again.
 * Rule 4: with `cacheMs: 0`, never.
 * Rule 5: a record that the store handed over to a wait counts like one from a read that began with the wait. It is not used
 * if another version was told since, or if memory has changed: that may be newer.
 */

/** A read or a write that is under way. Memory keeps what it brings. */
export interface Look {
  /** When it began, in epoch milliseconds. */
  readonly at: number
  /** The number of the watch that stood then. Undefined: none. */
  readonly watch: number | undefined
  /** The versions that the store told of the record since. Undefined: it was deleted, or the store did not know the version. */
  readonly told: readonly (string | undefined)[]
}

/** Why a record in memory may be believed. */
export interface Belief extends Omit<Look, 'told'> {
  /** The version in memory. Undefined: the record was deleted. */
  readonly version: string | undefined
  /** The version that this process replaced by it. News of that version are old. */
  readonly replaced: string | undefined
  /** Whether another version was told since. */
  readonly isOutdated: boolean
}

/** The watch that stands. */
export interface Standing {
  /** A number that no other watch of this process has. */
  readonly watch: number
  /** Every change before this instant has been told. Infinity: the store cannot miss any. */
  readonly heardUntil: number
}

/** How long the answer to a heartbeat may take, in milliseconds. */
export const heartbeatAnswerMs = 1_000

/** Begins a read or a write. */
export function look(at: number, standing: Standing | undefined): Look {
  return { at, watch: standing?.watch, told: [] }
}

/** Adds what the store tells of the record meanwhile. */
export function toldMeanwhile(look: Look, version: string | undefined): Look {
  return { ...look, told: [...look.told, version] }
}

/** Returns why to believe what a read or a write brought. `replaced`: the version before, if it was a write. */
export function believe(look: Look, version: string | undefined, replaced?: string): Belief {
  const { at, watch, told } = look
  const isOutdated = told.some((other) => isOther(other, { version, replaced }))
  return { at, watch, version, replaced, isOutdated }
}

/**
 * Returns whether a record that the store handed over to a wait may be used. `awaited`: the version that the wait began with.
 * `hasMemoryChanged`: whether memory has got another record since.
 */
export function isUsableHandOver(
  look: Look,
  version: string,
  { awaited, hasMemoryChanged }: { readonly awaited: string; readonly hasMemoryChanged: boolean },
): boolean {
  return version !== awaited && !hasMemoryChanged && !believe(look, version, awaited).isOutdated
}

/** Takes note of a change that the store tells. */
export function told(belief: Belief, version: string | undefined): Belief {
  return isOther(version, belief) ? { ...belief, isOutdated: true } : belief
}

/** Returns whether a record in memory may be used without a read. */
export function isBelieved(
  { at: since, watch, isOutdated }: Belief,
  standing: Standing | undefined,
  at: number,
  policy: Pick<Policy, 'cacheMs' | 'watchHeartbeatMs'>,
): boolean {
  if (isOutdated || at < since || policy.cacheMs === 0) return false
  if (at < since + policy.cacheMs) return true
  return watch === standing?.watch && hears(standing, at, policy)
}

/** Returns how long to wait after so many openings of a watch have failed in a row, in milliseconds. */
export function watchRetryPauseMs(
  failures: number,
  { watchRetryMs, maximumCooldownMs }: Pick<Policy, 'watchRetryMs' | 'maximumCooldownMs'>,
): number {
  const backoffMs = watchRetryMs * 2 ** Math.min(Math.max(failures - 1, 0), 30)
  return Math.min(backoffMs, Math.max(watchRetryMs, maximumCooldownMs))
}

/** Returns whether a watch stands that a heartbeat has proven a short time ago. */
export function hears(
  standing: Standing | undefined,
  at: number,
  { watchHeartbeatMs }: Pick<Policy, 'watchHeartbeatMs'>,
): boolean {
  if (standing === undefined) return false
  const { heardUntil } = standing
  if (heardUntil === Infinity) return true
  return heardUntil <= at && at < heardUntil + watchHeartbeatMs + heartbeatAnswerMs
}

function isOther(version: string | undefined, known: Pick<Belief, 'version' | 'replaced'>): boolean {
  return version === undefined || (version !== known.version && version !== known.replaced)
}
