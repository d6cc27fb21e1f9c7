import type { Invariant, Move } from './search.ts'
import type { Outcome, Process, World } from './world.ts'
import { importedGrant, requestsOf } from './world.ts'

export const oneRefreshAtATime = 'never two refreshes in flight for one generation of tokens'
export const noFalseAlarm = 'nobody is told to authorize again while the grant lives'
export const nothingLost = 'only a crash or a lost answer loses a living refresh token'
export const nothingComesBack = 'nothing comes back after an uninstall'
export const savedFirst = 'a token is stored before it is handed out, and handed out for its own grant'
export const neverOlder = 'a stored token never gives way to an older one of its grant'
export const nobodyIsHeldUp =
  'nobody waits for longer than a lease, whatever the clock of another process shows'
export const staysEnded =
  'old tokens that are imported never take the place of stored ones, nor of a grant that has ended'
const neverAbsurd = 'nobody is told `not_installed` of an installation, or given the token it rejected'

export const invariants: readonly Invariant<World>[] = [
  { name: oneRefreshAtATime, holds: ({ world }) => !hasTwins(world) },
  {
    name: noFalseAlarm,
    holds: (move, before) => tellings(move, before).every((told) => !isFalseAlarm(told, before)),
  },
  {
    name: nothingLost,
    holds: ({ world, fault }, before) =>
      fault === true || !isKept(before) || !world.endpoint.alive || isKept(world),
  },
  {
    name: nothingComesBack,
    holds: ({ world }) => world.record === undefined || !world.buried.includes(world.record.state.grantId),
  },
  {
    name: savedFirst,
    holds: (move, before) => tellings(move, before).every((told) => isWellFounded(told, before)),
  },
  {
    name: nobodyIsHeldUp,
    holds: ({ world }) =>
      world.processes.every(
        ({ place, clock }) =>
          place.is !== 'waiting' || place.until - (world.now + clock) <= world.longestWait,
      ),
  },
  { name: neverOlder, holds: ({ world }, before) => !isOlder(world, before) },
  {
    name: staysEnded,
    holds: ({ world }, before) =>
      before.record === undefined ||
      before.record.state.grantId === importedGrant ||
      world.record?.state.grantId !== importedGrant,
  },
  {
    name: neverAbsurd,
    holds: (move, before) => tellings(move, before).every((told) => isReasonable(told, before)),
  },
]

/** Whether someone still has the refresh token that the endpoint honours: the record, or a process about to save it. */
function isKept({ endpoint, record, processes }: World): boolean {
  if (!endpoint.alive) return false
  const { grantId, refreshToken } = endpoint
  const state = record?.state
  if (state && 'tokens' in state && state.grantId === grantId && state.tokens.refreshToken === refreshToken)
    return true
  return processes.some((process) => {
    const held = heldBy(process)
    return held?.grantId === grantId && held.refreshToken === refreshToken
  })
}

function heldBy({ task, place }: Process): { grantId: string; refreshToken: string } | undefined {
  if (place.is === 'ended' || place.is === 'crashed') return undefined
  if (task.type === 'install') return { grantId: task.grantId, refreshToken: task.tokens.refreshToken }
  if (task.type !== 'report' || task.answer.type !== 'refreshed') return undefined
  return { grantId: task.answer.grantId, refreshToken: task.answer.tokens.refreshToken }
}

function hasTwins(world: World): boolean {
  const requests = requestsOf(world)
  if (requests.length < 2) return false
  return requests.some((one, index) =>
    requests.some(
      (other, otherIndex) =>
        index < otherIndex && one.grantId === other.grantId && one.generation === other.generation,
    ),
  )
}

interface Telling {
  readonly outcome: Outcome
  readonly process: Process
}

/** The callers that this move has told something. */
function tellings({ world }: Move<World>, before: World): Telling[] {
  if (world.processes === before.processes) return []
  return world.processes.flatMap((process, index) =>
    process.outcome && !before.processes[index]?.outcome ? [{ outcome: process.outcome, process }] : [],
  )
}

function isFalseAlarm({ outcome }: Telling, world: World): boolean {
  return (
    outcome.is === 'failure' &&
    outcome.code === 'reauthorization_required' &&
    outcome.grantId === world.endpoint.grantId &&
    isKept(world)
  )
}

/** An answer to an old request may carry a token of the grant that has come since. */
function isWellFounded({ outcome }: Telling, { saved, endpoint }: World): boolean {
  if (outcome.is === 'failure') return true
  const [grantId] = outcome.accessToken.split('.')
  return saved.includes(outcome.accessToken) && (grantId === outcome.grantId || grantId === endpoint.grantId)
}

function isReasonable({ outcome, process }: Telling, { endpoint }: World): boolean {
  if (outcome.is === 'token') return outcome.accessToken !== process.rejected
  return outcome.code !== 'not_installed' || endpoint.endedAt !== undefined || endpoint.grantId !== 'g1'
}

/** A record without tokens holds nothing that could be newer: a late save may still bring it back to life. */
function isOlder({ record }: World, before: World): boolean {
  const old = before.record?.state
  const state = record?.state
  if (record === before.record || old?.grantId !== state?.grantId) return false
  if (!old || !state || !('tokens' in old) || !('tokens' in state)) return false
  return numberOf(state.tokens) < numberOf(old.tokens)
}

function numberOf({ accessToken }: { accessToken: string }): number {
  return Number(accessToken.split('.')[1])
}
