import { answer, grant, tokensOf } from './endpoint.ts'
import { spent, steps } from './process.ts'
import type { Scenario, Software } from './scenario.ts'
import type { Move } from './search.ts'
import type { Process, World } from './world.ts'
import { importedGrant, isOver, process, replaced, requestsOf } from './world.ts'

/** All that can happen next. */
export function moves(world: World, setup: Scenario, software: Software): Move<World>[] {
  return [
    ...world.processes.flatMap((process) => steps(world, process, setup, software)),
    ...orphans(world, setup),
    ...user(world, setup),
    ...imports(world),
    ...crashes(world),
    ...time(world, setup),
  ]
}

/** Time passes, but no request takes longer than it may, and no process stalls longer than the scenario says. */
function time(world: World, { policy, stall }: Scenario): Move<World>[] {
  if (world.processes.every(isOver)) return []
  if (requestsOf(world).some(({ sentAt }) => world.now - sentAt >= policy.requestTimeoutMs)) return []
  if (world.processes.some((process) => !isOver(process) && heldFor(process, world.now) >= stall)) return []
  return [{ label: 'time passes', world: { ...world, now: world.now + 1 } }]
}

/** How long a process has been holding an answer. */
export function heldFor({ task }: Process, now: number): number {
  return task.type === 'report' ? now - task.heardAt : 0
}

function crashes(world: World): Move<World>[] {
  if (world.faults.crashes === 0) return []
  return world.processes
    .filter((process) => !isOver(process))
    .map((process) => {
      const { place } = process
      const after = spent(replaced(world, { ...process, place: { is: 'crashed' } }), 'crashes')
      const orphans = place.is === 'asking' ? [...world.orphans, place.request] : world.orphans
      return { label: `${process.name} crashes`, world: { ...after, orphans }, fault: true }
    })
}

/** The endpoint still carries out what a crashed process had sent; no process hears the answer. */
function orphans(world: World, { lifetime }: Scenario): Move<World>[] {
  return world.orphans.map((request) => {
    const [endpoint] = answer(world.endpoint, request.tokens.refreshToken, lifetime, world.now)
    const orphans = world.orphans.filter((other) => other !== request)
    return {
      label: 'an orphaned request is carried out',
      world: { ...world, endpoint, orphans },
      fault: true,
    }
  })
}

/** The user uninstalls, and at least one tick later consents again. Both must still find their way to the record. */
function user(world: World, { lifetime, isUndated }: Scenario): Move<World>[] {
  const { endpoint, faults, now } = world
  if (endpoint.alive && endpoint.endedAt === undefined && faults.uninstalls > 0) {
    const ended = { ...endpoint, alive: false, endedAt: now }
    const notice = process('notice', {
      type: 'bury',
      grantId: endpoint.grantId,
      ...(isUndated !== true && { noticeAt: now }),
    })
    return [{ label: 'the user uninstalls', world: withArrival(spent(world, 'uninstalls'), ended, notice) }]
  }
  if (endpoint.endedAt !== undefined && now > endpoint.endedAt && faults.reinstalls > 0) {
    const renewed = grant(endpoint.kind, 'g2', endpoint.issued + 1)
    const tokens = tokensOf(renewed, now, now + lifetime)
    const consent = process('consent', { type: 'install', grantId: 'g2', tokens })
    return [
      { label: 'the user installs again', world: withArrival(spent(world, 'reinstalls'), renewed, consent) },
    ]
  }
  return []
}

/** Somebody imports the tokens of the beginning. */
function imports(world: World): Move<World>[] {
  const { endpoint, faults } = world
  if (faults.imports === 0) return []
  const tokens = tokensOf(grant(endpoint.kind, 'g1', 0), 0, 0)
  const arrival = process('import', { type: 'import', grantId: importedGrant, tokens })
  return [
    { label: 'old tokens are imported', world: withArrival(spent(world, 'imports'), endpoint, arrival) },
  ]
}

function withArrival(world: World, endpoint: World['endpoint'], process: Process): World {
  return { ...world, endpoint, processes: [...world.processes, process] }
}
