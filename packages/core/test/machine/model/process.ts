import type { InstallationEffect } from '../../../src/machine/installation/effect.ts'
import type { MachineEvent } from '../../../src/machine/installation/event.ts'
import { longestRefreshMs } from '../../../src/machine/policy.ts'
import type { InstallationState, Lease } from '../../../src/machine/installation/state.ts'
import { answer } from './endpoint.ts'
import type { Scenario, Software } from './scenario.ts'
import type { Move } from './search.ts'
import type { Answer, Outcome, Process, Request, StoredState, World } from './world.ts'
import { account, isErrand, replaced } from './world.ts'

/**
 * The driver, one step at a time: read, decide, compare and set, act. Between any two steps the others may
 * move and time may pass, since each of them is a message to somewhere else.
 */
export function steps(world: World, process: Process, setup: Scenario, software: Software): Move<World>[] {
  const { name, place } = process
  switch (place.is) {
    case 'idle':
      return isCaller(process)
        ? [{ label: `${name} reads`, world: at(world, process, { is: 'read', stored: world.record }) }]
        : [decides(world, process, world.record, setup, software)]
    case 'read':
      return [decides(world, process, place.stored, setup, software)]
    case 'writing':
      return writes(world, process, place, setup, software)
    case 'written':
      return [
        { label: `${name} acts`, world: acts(world, process, place.stored, place.effects, setup, software) },
      ]
    case 'waiting':
      return world.record?.version === place.version && clockOf(world, process) < place.until
        ? []
        : [
            {
              label: `${name} wakes and reads`,
              world: at(world, process, { is: 'read', stored: world.record }),
            },
          ]
    case 'asking':
      return hears(world, process, place.request, setup, software)
    case 'ended':
    case 'crashed':
      return []
  }
}

/** Decides on what was read. Where nothing changes there is nothing to write, and the effects hold at once. */
function decides(
  world: World,
  process: Process,
  stored: StoredState | undefined,
  setup: Scenario,
  software: Software,
): Move<World> {
  const named = { ...process, claims: process.claims + 1 }
  const event = eventOf(world, named)
  const [next, effects] = software.transition(stored?.state, event, setup.policy)
  const label = `${process.name} decides on ${event.type}`
  return next === stored?.state
    ? { label, world: acts(world, named, stored, effects, setup, software) }
    : { label, world: at(world, named, { is: 'writing', expected: stored?.version, next, effects }) }
}

function writes(
  world: World,
  process: Process,
  place: Extract<Process['place'], { is: 'writing' }>,
  setup: Scenario,
  software: Software,
): Move<World>[] {
  const { name } = process
  const { expected, next, effects } = place
  const after = stored(world, next, software)
  const written = { is: 'written', stored: after.record, effects } as const
  if (software.comparesVersions && world.record?.version !== expected)
    return [
      {
        label: `${name} finds the record changed`,
        world: at(world, process, software.writesFirst ? { is: 'idle' } : written),
      },
    ]
  const heard = {
    label: `${name} writes`,
    world: isCaller(process)
      ? at(after, process, written)
      : acts(after, process, after.record, effects, setup, software),
  }
  if (world.faults.lostWrites === 0) return [heard]
  const unheard = spent(at(after, process, { is: 'idle' }), 'lostWrites')
  return [heard, { label: `${name} writes and does not hear of it`, world: unheard }]
}

function stored(world: World, state: InstallationState | undefined, software: Software): World {
  const writes = world.writes + 1
  const version = software.freshVersions
    ? `v${writes}`
    : `v${world.record ? Number(world.record.version.slice(1)) + 1 : 0}`
  const accessToken = state && 'tokens' in state ? state.tokens.accessToken : undefined
  return {
    ...world,
    writes,
    record: state && { version, state },
    saved: accessToken && !world.saved.includes(accessToken) ? [...world.saved, accessToken] : world.saved,
  }
}

/** Carries effects out. `record` is the one they came with. */
function acts(
  world: World,
  process: Process,
  record: StoredState | undefined,
  effects: readonly InstallationEffect[],
  setup: Scenario,
  software: Software,
): World {
  let after: Process = { ...process, place: { is: 'ended' } }
  for (const effect of effects)
    switch (effect.type) {
      case 'deliver':
        after = told(after, { is: 'token', accessToken: effect.accessToken, grantId: record!.state.grantId })
        break
      case 'fail':
        after = told(after, { is: 'failure', code: effect.code, grantId: record?.state.grantId })
        break
      case 'wait':
        after = { ...after, place: { is: 'waiting', version: record?.version, until: effect.until } }
        break
      case 'refresh': {
        const { lease, grantId, generation, tokens } = effect
        const request = { by: lease.holder, grantId, generation, tokens, sentAt: world.now }
        after =
          !software.mindsItsLease || isLongEnough(lease, clockOf(world, process), setup)
            ? { ...after, place: { is: 'asking', request } }
            : reporting(after, failureOf(request), world.now)
        break
      }
      case 'verify': {
        const { accessToken: rejected, grantId: settles, isUnderway: doubts } = effect
        const task = { type: 'request' } as const
        return replaced(world, { ...after, task, place: { is: 'idle' }, rejected, settles, doubts })
      }
      case 'notify':
    }
  return replaced(buried(world, process), burying(askingAgain(after)))
}

/** The time that the write of the claim took is gone from its lease. */
function isLongEnough(lease: Lease, now: number, { policy }: Scenario): boolean {
  return now + longestRefreshMs(policy) + policy.clockSkewMs < lease.until
}

/** A caller that has been told nothing asks again, whatever its process was busy with. */
function askingAgain(process: Process): Process {
  const { task, outcome, place } = process
  if (place.is !== 'ended' || outcome || isErrand(task)) return process
  return { ...process, task: { type: 'request' }, place: { is: 'idle' } }
}

/** A notice that Pipedrive had to settle ends the grant whose refresh was refused. */
function burying(process: Process): Process {
  const { outcome, settles, place } = process
  if (settles === undefined || place.is !== 'ended') return process
  if (outcome?.is === 'token' && process.doubts === true) {
    const { outcome: _, ...rest } = process
    const task = { type: 'request' } as const
    return { ...rest, task, place: { is: 'idle' }, rejected: outcome.accessToken, doubts: false }
  }
  if (outcome?.is !== 'failure') return process
  if (outcome.code !== 'reauthorization_required') return process
  const { settles: _, ...rest } = process
  return { ...rest, task: { type: 'bury', grantId: settles, isCertain: true }, place: { is: 'idle' } }
}

function buried(world: World, { task }: Process): World {
  return task.type === 'bury' ? { ...world, buried: [...world.buried, task.grantId] } : world
}

function told(process: Process, outcome: Outcome): Process {
  return isCaller(process) && !process.outcome ? { ...process, outcome } : process
}

function isCaller({ task }: Process): boolean {
  return task.type === 'request' || task.type === 'report'
}

/** The endpoint carries a request out and the process hears of it, or a fault comes between them. */
function hears(
  world: World,
  process: Process,
  request: Request,
  setup: Scenario,
  software: Software,
): Move<World>[] {
  const { name } = process
  const { by, grantId, generation } = request
  const [endpoint, tokens] = answer(world.endpoint, request.tokens.refreshToken, setup.lifetime, world.now)
  const carriedOut = { ...world, endpoint }
  const heard = reporting(
    process,
    tokens
      ? { type: 'refreshed', tokens, by, grantId, generation }
      : { type: 'refresh_refused', by, grantId, generation },
    world.now,
  )
  const early: Process =
    tokens && !software.savesFirst
      ? told(heard, { is: 'token', accessToken: tokens.accessToken, grantId })
      : heard
  const moves: Move<World>[] = [
    { label: `${name} is ${tokens ? 'given new tokens' : 'refused'}`, world: replaced(carriedOut, early) },
  ]
  if (world.faults.lostAnswers > 0) {
    const unheard = reporting(process, failureOf(request), world.now)
    moves.push(
      {
        label: `${name} hears no answer, though there was one`,
        world: spent(replaced(carriedOut, unheard), 'lostAnswers'),
        fault: true,
      },
      {
        label: `${name} does not get through`,
        world: spent(replaced(world, unheard), 'lostAnswers'),
        fault: true,
      },
    )
  }
  return moves
}

function failureOf({ by, grantId, generation }: Request): Answer {
  return { type: 'refresh_failed', code: 'token_endpoint_timeout', by, grantId, generation }
}

function reporting(process: Process, answer: Answer, heardAt: number): Process {
  return { ...process, task: { type: 'report', answer, heardAt }, place: { is: 'idle' } }
}

function eventOf(world: World, process: Process): MachineEvent {
  const { task } = process
  const now = clockOf(world, process)
  switch (task.type) {
    case 'request': {
      const by = `${process.name}#${process.claims}`
      const rejected = process.rejected === undefined ? {} : { rejected: process.rejected }
      return { type: 'token_requested', at: now, clientId: 'app', by, ...rejected }
    }
    case 'report':
      return { ...task.answer, at: task.heardAt + process.clock }
    case 'bury':
      return {
        type: 'uninstalled',
        at: now,
        clientId: 'app',
        by: 'user',
        ...(task.noticeAt !== undefined && { noticeAt: task.noticeAt }),
        ...(task.isCertain === true && { grantId: task.grantId }),
      }
    case 'install':
    case 'import':
      return {
        type: task.type === 'install' ? 'authorized' : 'adopted',
        at: now,
        clientId: 'app',
        account,
        grantId: task.grantId,
        tokens: task.tokens,
      }
  }
}

export function spent(world: World, fault: keyof World['faults']): World {
  return { ...world, faults: { ...world.faults, [fault]: world.faults[fault] - 1 } }
}

function at(world: World, process: Process, place: Process['place']): World {
  return replaced(world, { ...process, place })
}

function clockOf(world: World, process: Process): number {
  return world.now + process.clock
}
