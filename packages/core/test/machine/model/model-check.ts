import { keyOf } from './canonical.ts'
import { invariants } from './invariants.ts'
import { moves } from './moves.ts'
import type { Scenario, Software } from './scenario.ts'
import { software } from './scenario.ts'
import type { Findings, Model } from './search.ts'
import { explore } from './search.ts'
import type { World } from './world.ts'
import { isOver, startOf } from './world.ts'

/**
 * A model check of the protocol "compare and set first, then act": every order of everything that can happen
 * to one installation, with the very `transition` that runs in production.
 *
 * What there is: one record with a version; callers in 1 to 3 processes, of which each wants one token and
 * goes on until it is told something; Pipedrive's token endpoint, rotating its refresh tokens or not; a user
 * who may uninstall and install again; a clock. What a process does takes steps (`process.ts`), and between
 * any two of them anything else may happen (`moves.ts`), for as long as it likes.
 *
 * The bounds, in ticks of the clock:
 * - a lease is 2 long (3 where clocks differ by 1), a request at most 1, as `policyProblems` demands;
 * - between hearing an answer and having saved it a process stalls for one lease at most, except where a
 *   scenario says that it may stall for ever; every other pause has no bound, nor has time itself;
 * - each fault happens as often as the scenario says: crashes, lost answers of the endpoint, lost answers of
 *   the store, uninstalls, new consents.
 * Within them the search is complete: what holds here holds for every run, not for many runs.
 *
 * Beyond what the machine decides, two habits of the driver are part of the protocol, and each has its mutant:
 * it sends a refresh only while the rest of its lease is long enough (the write of the claim may have been slow),
 * and reports a failure otherwise; and it tries a write of which it heard nothing once more, with the same event.
 *
 * What there is not: the in-process cache, retries inside one refresh, a store that is down, and a request that
 * the endpoint carries out after its sender gave up, except for crashed senders. Reading and deciding are two
 * steps for callers only: an uninstall or a consent that was decided on a record that has changed since is not
 * written, and without a write it has no effect, so nothing would be seen between them.
 */
export function modelOf(setup: Scenario, mutation: Partial<Software> = {}): Model<World> {
  const subject = { ...software, ...mutation }
  return {
    start: startOf(setup),
    moves: (world) => moves(world, setup, subject),
    key: (world) => keyOf(world, setup, subject),
    isFinal: (world) => world.processes.every(isOver),
    invariants: invariants.filter(({ name }) => !setup.exempt.includes(name)),
  }
}

export function check(setup: Scenario, mutation: Partial<Software> = {}): Findings<World> {
  return explore(modelOf(setup, mutation))
}
