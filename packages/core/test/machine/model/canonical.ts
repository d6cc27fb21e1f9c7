import type { InstallationState } from '../../../src/machine/installation/state.ts'
import type { Tokens } from '../../../src/machine/tokens.ts'
import { never } from './endpoint.ts'
import { heldFor } from './moves.ts'
import type { Scenario, Software } from './scenario.ts'
import { isErrand, isOver } from './world.ts'
import type { Place, Process, Request, StoredState, World } from './world.ts'

/**
 * Names a world by all that can still matter, so that worlds of one future are one state:
 * - instants count from now, and one that has passed on the slowest clock is just past: no comparison can tell two of
 *   them apart;
 * - history is left out: nothing is decided by it;
 * - versions and lease holders are random names: what counts is whether they are the current one, or one's own;
 * - processes that are alike are interchangeable: their order does not count.
 */
export function keyOf(world: World, setup: Scenario, software: Software): string {
  const { endpoint, now, faults } = world
  const past = pastOf(world, setup)
  const processes = world.processes.map((process) => processKey(world, process, setup, software)).sort()
  return [
    stateKey(world.record?.state, '', past),
    `${endpoint.grantId}${endpoint.alive}${endpoint.refreshToken}/${endpoint.issued}`,
    endpoint.endedAt === undefined ? '' : now > endpoint.endedAt,
    ...processes,
    ...world.orphans.map((request) => requestKey(request, now)),
    world.buried.join(),
    `${faults.crashes}${faults.lostAnswers}${faults.lostWrites}${faults.uninstalls}${faults.reinstalls}${faults.imports}`,
  ].join('|')
}

function processKey(world: World, process: Process, setup: Scenario, software: Software): string {
  const { name, place, task, outcome, clock, settles, doubts, rejected } = process
  const kind = isErrand(task) ? name : `p${clock}`
  const told = outcome !== undefined
  const open = settles && `${settles} ${doubts} ${rejected} ${outcome?.is === 'failure' && outcome.code}`
  if (isOver(process)) return `${kind} over`
  const { record } = world
  const holder = record && 'lease' in record.state ? record.state.lease.holder : ''
  const leads = isOwn(holder, name) ? holder === ownName(process) : ''
  return `${kind} ${told} ${open} ${leads} ${taskKey(process, world, setup)} ${placeKey(world, process, place, software, pastOf(world, setup))}`
}

/** The name under which a process last claimed, if it has something to report. */
function ownName({ task }: Process): string {
  return task.type === 'report' ? task.answer.by : ''
}

function isOwn(holder: string, name: string): boolean {
  return holder.startsWith(`${name}#`)
}

function taskKey(process: Process, world: World, setup: Scenario): string {
  const { task } = process
  const { policy, stall } = setup
  const { now } = world
  const past = pastOf(world, setup)
  if (task.type === 'install' || task.type === 'import') return tokensKey(task.tokens, past)
  if (task.type === 'bury') return `bury ${task.isCertain}`
  if (task.type !== 'report') return task.type
  const { answer } = task
  const tokens = answer.type === 'refreshed' ? tokensKey(answer.tokens, past) : ''
  const held = stall === Infinity ? Math.min(heldFor(process, now), policy.leaseMs) : heldFor(process, now)
  return `${answer.type}${answer.grantId}${answer.generation}${tokens}${held}`
}

function placeKey(world: World, { name }: Process, place: Place, software: Software, past: number): string {
  switch (place.is) {
    case 'read':
      return `read${versionKey(world, place.stored?.version)}${storedKey(place.stored, name, past)}`
    case 'writing': {
      if (versionKey(world, place.expected) === '#' && software.comparesVersions && software.writesFirst)
        return 'in vain'
      const effects = place.effects.map(({ type }) => type).join()
      return `writing${versionKey(world, place.expected)}${stateKey(place.next, name, past)}${effects}`
    }
    case 'written': {
      const effects = place.effects.map(({ type }) => type).join()
      return `written${storedKey(place.stored, name, past)}${effects}`
    }
    case 'waiting':
      return `waiting${versionKey(world, place.version)}${instantKey(place.until, past)}`
    case 'asking':
      return `asking${requestKey(place.request, world.now)}`
    default:
      return place.is
  }
}

/** A version that is not the current one will never be it again, except the version of no record. */
function versionKey({ record }: World, version: string | undefined): string {
  if (version === undefined) return '-'
  return version === record?.version ? '=' : '#'
}

function storedKey(stored: StoredState | undefined, name: string, past: number): string {
  return stateKey(stored?.state, name, past)
}

function stateKey(state: InstallationState | undefined, name: string, past: number): string {
  if (state === undefined) return 'none'
  const grant = `${state.grantId}.${state.generation}`
  if (state.status === 'reauthorization_required') return `dead ${grant}${state.refused.refreshToken}`
  const held = `${grant}${tokensKey(state.tokens, past)}${state.contested ? '?' : ''}`
  const cooldown = state.cooldown ? instantKey(state.cooldown.until, past) : ''
  switch (state.status) {
    case 'active':
      return `${held}${cooldown}`
    case 'refreshing':
      return `${held}${cooldown}${isOwn(state.lease.holder, name) ? ' mine ' : ' held '}${instantKey(state.lease.until, past)}`
    case 'in_doubt':
      return `${held}${cooldown} doubt ${instantKey(state.until, past)}`
  }
}

function tokensKey({ accessToken, refreshToken, obtainedAt, expiresAt }: Tokens, past: number): string {
  const fromTheFuture = obtainedAt > past ? `@${obtainedAt - past}` : ''
  return `(${accessToken},${refreshToken},${instantKey(expiresAt, past)}${fromTheFuture})`
}

function requestKey(request: Request, now: number): string {
  return `${request.grantId}${request.generation}${request.tokens.refreshToken}${now - request.sentAt}`
}

function instantKey(instant: number, past: number): string {
  if (instant >= never) return '*'
  return instant <= past ? '-' : `+${instant - past}`
}

/** The time on the slowest clock: what is not later has passed for everybody. */
function pastOf({ now }: World, { clocks }: Scenario): number {
  return now + Math.min(0, ...clocks)
}
