import type { Policy } from '../policy.ts'
import type { Cooldown, InDoubt, InstallationState, Lease } from './state.ts'

/**
 * What a clock may be believed. An instant in a record was written by the clock of some process, which may have been hours
 * wrong. None is believed beyond what the rules could have written at the time it is now.
 */

/** Returns whether a cooldown still counts. */
export function isCooling(cooldown: Cooldown | undefined, at: number, policy: Policy): cooldown is Cooldown {
  const longest = policy.maximumCooldownMs + policy.clockSkewMs
  return cooldown !== undefined && at < cooldown.until && cooldown.until <= at + longest
}

/** Returns whether a lease still counts. */
export function isHeld(
  { until }: Pick<Lease, 'until'>,
  at: number,
  { leaseMs, clockSkewMs }: Policy,
): boolean {
  return at < until && until <= at + leaseMs + clockSkewMs
}

/** Returns whether a former holder may still save newer tokens. */
export function isInDoubt(state: InDoubt, at: number, policy: Policy): boolean {
  return isHeld(state, at, policy)
}

/** Returns which installation an uninstall notice is about, as far as the clocks tell. */
export function aboutWhich(
  noticeAt: number,
  { installedAt }: InstallationState,
  at: number,
  { clockSkewMs }: Policy,
): 'this one' | 'an earlier one' | 'unclear' {
  if (installedAt > at + clockSkewMs || noticeAt > at + clockSkewMs) return 'unclear'
  if (noticeAt < installedAt - clockSkewMs) return 'an earlier one'
  return noticeAt >= installedAt + clockSkewMs ? 'this one' : 'unclear'
}
