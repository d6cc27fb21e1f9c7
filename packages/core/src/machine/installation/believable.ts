import type { Policy } from '../policy.ts'
import type { Cooldown, InDoubt, InstallationState, Lease, ReauthorizationRequired } from './state.ts'

/**
 * Returns whether a cooldown still counts. The clock of the process that wrote it may have been hours ahead, so an end that
 * is later than any process could write now does not count.
 */
export function isCooling(cooldown: Cooldown | undefined, at: number, policy: Policy): cooldown is Cooldown {
  const longest = policy.maximumCooldownMs + policy.clockSkewMs
  return cooldown !== undefined && at < cooldown.until && cooldown.until <= at + longest
}

/** Returns whether a lease still counts. An end that is later than any process could write now does not. */
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

/** Returns whether the last consent was given less than `consentTimeoutMs` ago. One that was given in the future does not count. */
export function isJustInstalled(
  { installedAt }: InstallationState,
  at: number,
  { clockSkewMs, consentTimeoutMs }: Policy,
): boolean {
  return installedAt <= at + clockSkewMs && at < installedAt + consentTimeoutMs
}

/** Which installation an uninstall notice is about. */
export type About = 'this one' | 'an earlier one' | 'unclear'

/** Returns which installation an uninstall notice is about, or that the clocks do not tell. */
export function aboutWhich(
  noticeAt: number,
  { installedAt }: InstallationState,
  at: number,
  { clockSkewMs }: Policy,
): About {
  if (installedAt > at + clockSkewMs || noticeAt > at + clockSkewMs) return 'unclear'
  if (noticeAt < installedAt - clockSkewMs) return 'an earlier one'
  return noticeAt >= installedAt + clockSkewMs ? 'this one' : 'unclear'
}

/** Returns whether a grant has been dead for so long that its record is deleted. */
export function isLongDead(
  { refusedAt }: ReauthorizationRequired,
  at: number,
  { forgetAfterMs }: Policy,
): boolean {
  return forgetAfterMs > 0 && at >= refusedAt + forgetAfterMs
}
