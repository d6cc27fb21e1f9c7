import type { InstallationEffect } from './effect.ts'
import type { InstallationState } from './state.ts'

/** A decision of the machine: the next state, and what to do once it is stored. */
export type InstallationStep = readonly [
  next: InstallationState | undefined,
  effects: readonly InstallationEffect[],
]

export function step(
  next: InstallationState | undefined,
  ...effects: InstallationEffect[]
): InstallationStep {
  return [next, effects]
}
