import { defaultPolicy } from '../../../../packages/core/src/machine/policy.ts'
import type {
  InstallationEffect,
  Refresh,
} from '../../../../packages/core/src/machine/installation/effect.ts'
import type { MachineEvent } from '../../../../packages/core/src/machine/installation/event.ts'
import type { InstallationState } from '../../../../packages/core/src/machine/installation/state.ts'
import { transition } from '../../../../packages/core/src/machine/installation/transition.ts'

export type Process = 'A' | 'B'

/** One event, and what the machine made of it. */
export interface Turn {
  readonly number: number
  readonly text: string
  readonly at: number
  /** Absent: only time has passed. */
  readonly event?: MachineEvent
  readonly effects: readonly InstallationEffect[]
  readonly before: InstallationState | undefined
  readonly after: InstallationState | undefined
}

/** A game: the record, the time, and what the processes wait for. */
export interface Game {
  readonly now: number
  readonly record: InstallationState | undefined
  readonly turns: readonly Turn[]
  /** The requests that Pipedrive has not answered. */
  readonly underWay: Readonly<Partial<Record<Process, Refresh>>>
}

/** What a player can do. */
export interface Move {
  readonly name: MoveName
  readonly label: string
  readonly isPossible: boolean
}

export type MoveName =
  | 'connect'
  | 'uninstall'
  | 'keep_alive'
  | `ask_${Process}`
  | `${'answer' | 'refuse' | 'fail' | 'crash'}_${Process}`
  | 'pass_seconds'
  | 'pass_hour'
  | 'pass_days'

const clientId = 'your-app'
const second = 1_000
const hour = 3_600 * second
const day = 24 * hour
/** 2027-01-01, noon. */
const start = Date.UTC(2027, 0, 1, 12)

export function newGame(): Game {
  return { now: start, record: undefined, turns: [], underWay: {} }
}

/** Returns every move, grouped by who makes it. */
export function movesOf({ underWay, record }: Game): Readonly<Record<string, readonly Move[]>> {
  const move = (name: MoveName, label: string, isPossible = true): Move => ({ name, label, isPossible })
  const ofProcess = (process: Process) => {
    const isAsking = underWay[process] !== undefined
    return [
      move(`ask_${process}`, 'needs an access token'),
      move(`answer_${process}`, 'gets new tokens from Pipedrive', isAsking),
      move(`refuse_${process}`, 'is refused by Pipedrive', isAsking),
      move(`fail_${process}`, 'gets no answer in time', isAsking),
      move(`crash_${process}`, 'crashes before it can save', isAsking),
    ]
  }
  return {
    'The user': [
      move('connect', record === undefined ? 'connects' : 'connects again'),
      move('uninstall', 'uninstalls the app', record !== undefined),
    ],
    'Process A': ofProcess('A'),
    'Process B': ofProcess('B'),
    'Time and upkeep': [
      move('pass_seconds', '31 seconds pass'),
      move('pass_hour', 'one hour passes'),
      move('pass_days', '46 days pass'),
      move('keep_alive', 'keepAlive() runs in process B', record !== undefined),
    ],
  }
}

/** Returns the game after a move. */
export function play(game: Game, name: MoveName): Game {
  const { now } = game
  const process = name.endsWith('_A') ? 'A' : 'B'
  const claim = { at: now, clientId, by: `${process}-${game.turns.length}` }
  switch (name) {
    case 'pass_seconds':
      return passed(game, 31 * second, '31 seconds pass')
    case 'pass_hour':
      return passed(game, hour, 'One hour passes')
    case 'pass_days':
      return passed(game, 46 * day, '46 days pass')
    case 'connect': {
      const tokens = newTokens(game)
      const account = { companyId: 123, userId: 456 }
      const grantId = `grant-${game.turns.length + 1}`
      return happened(game, 'The user connects', {
        type: 'authorized',
        at: now,
        grantId,
        clientId,
        account,
        tokens,
      })
    }
    case 'uninstall':
      return happened(game, 'The user uninstalls the app', {
        type: 'uninstalled',
        at: now,
        clientId,
        by: 'user',
        // Which grant a notice means would be unclear soon after the consent.
        ...(game.record && { grantId: game.record.grantId }),
      })
    case 'keep_alive':
      return happened(
        game,
        'keepAlive() runs in process B',
        { type: 'keepalive_due', ...claim, before: now + defaultPolicy.keepAliveWithinMs },
        'B',
      )
    case 'ask_A':
    case 'ask_B':
      return happened(
        game,
        `Process ${process} needs an access token`,
        { type: 'token_requested', ...claim },
        process,
      )
    case 'crash_A':
    case 'crash_B':
      return without(passed(game, 0, `Process ${process} crashes; its answer is lost`), process)
    default:
      return answered(game, name, process)
  }
}

function answered(game: Game, name: MoveName, process: Process): Game {
  const order = game.underWay[process]
  if (order === undefined) return game
  const { grantId, generation, lease } = order
  const answer = { at: game.now, by: lease.holder, grantId, generation }
  const rest = without(game, process)
  if (name.startsWith('answer'))
    return happened(rest, `Process ${process} gets new tokens`, {
      type: 'refreshed',
      ...answer,
      tokens: newTokens(game),
    })
  if (name.startsWith('refuse'))
    return happened(rest, `Pipedrive refuses process ${process}: invalid_grant`, {
      type: 'refresh_refused',
      ...answer,
    })
  return happened(rest, `Process ${process} gets no answer in time`, {
    type: 'refresh_failed',
    ...answer,
    code: 'token_endpoint_timeout',
  })
}

/** Gives an event to the machine, as a driver does. `process`: who carries out the order to refresh. */
function happened(game: Game, text: string, event: MachineEvent, process?: Process): Game {
  const [record, effects] = transition(game.record, event, defaultPolicy)
  const order = effects.find((effect): effect is Refresh => effect.type === 'refresh')
  const underWay =
    process !== undefined && order !== undefined ? { ...game.underWay, [process]: order } : game.underWay
  return { ...game, record, underWay, turns: [...game.turns, turnOf(game, text, record, effects, event)] }
}

function passed(game: Game, ms: number, text: string): Game {
  return { ...game, now: game.now + ms, turns: [...game.turns, turnOf(game, text, game.record, [])] }
}

function turnOf(
  game: Game,
  text: string,
  after: InstallationState | undefined,
  effects: readonly InstallationEffect[],
  event?: MachineEvent,
): Turn {
  const turn = { number: game.turns.length + 1, text, at: game.now, effects, before: game.record, after }
  return event === undefined ? turn : { ...turn, event }
}

function without(game: Game, process: Process): Game {
  const { [process]: _, ...underWay } = game.underWay
  return { ...game, underWay }
}

function newTokens({ now, turns }: Game) {
  const number = turns.length + 1
  return {
    accessToken: `access-${number}`,
    refreshToken: `refresh-${number}`,
    scopes: ['base', 'deals:full'],
    apiDomain: 'https://acme.pipedrive.com',
    obtainedAt: now,
    expiresAt: now + hour,
    refreshTokenExpiresAt: now + 60 * day,
  }
}
