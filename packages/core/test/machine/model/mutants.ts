import type { MachineEvent } from '../../../src/machine/installation/event.ts'
import { transition } from '../../../src/machine/installation/transition.ts'
import type { InstallationState } from '../../../src/machine/installation/state.ts'
import {
  neverOlder,
  nobodyIsHeldUp,
  noFalseAlarm,
  nothingComesBack,
  nothingLost,
  oneRefreshAtATime,
  savedFirst,
  staysEnded,
} from './invariants.ts'
import type { Scenario, Software } from './scenario.ts'
import { scenario, tickPolicy } from './scenario.ts'
import { deadClaim } from './scenarios.ts'
import { everyStateCanEnd } from './search.ts'

/** Software with one rule taken out, and where the search finds out. */
export interface Mutant {
  readonly name: string
  readonly mutation: Partial<Software>
  /** One that the software as it is comes through. */
  readonly setup: Scenario
  readonly breaks: string
}

type Transition = Software['transition']
type EventOf<Type> = Extract<MachineEvent, { type: Type }>

const userReturns = { uninstalls: 1, reinstalls: 1 }

export const mutants: readonly Mutant[] = [
  {
    name: 'hands out a token before it is saved',
    mutation: { savesFirst: false },
    setup: scenario('rotating', 1),
    breaks: savedFirst,
  },
  {
    name: 'writes without comparing versions',
    mutation: { comparesVersions: false },
    setup: scenario('rotating', 2),
    breaks: oneRefreshAtATime,
  },
  {
    name: 'acts although its write was refused',
    mutation: { writesFirst: false },
    setup: scenario('rotating', 2),
    breaks: oneRefreshAtATime,
  },
  {
    name: 'numbers its versions, beginning again with each record',
    mutation: { freshVersions: false },
    setup: scenario('constant', 1, userReturns),
    breaks: nothingLost,
  },
  {
    name: 'lets a request outlive its lease',
    mutation: { mindsItsLease: false },
    setup: scenario('rotating', 2, {}, { policy: { ...tickPolicy, requestTimeoutMs: tickPolicy.leaseMs } }),
    breaks: oneRefreshAtATime,
  },
  {
    name: 'sends a refresh however much of its lease the claim has taken',
    mutation: { mindsItsLease: false },
    setup: scenario('rotating', 2),
    breaks: oneRefreshAtATime,
  },
  {
    name: 'takes over a lease that is still live',
    mutation: { transition: seeing('token_requested', (state) => expired(state)) },
    setup: scenario('rotating', 2),
    breaks: oneRefreshAtATime,
  },
  {
    name: 'never takes over a lease',
    mutation: {
      transition: (state, event, policy) =>
        state?.status === 'refreshing' && event.type === 'token_requested'
          ? [state, [{ type: 'wait', until: event.at }]]
          : transition(state, event, policy),
    },
    setup: scenario('rotating', 2, { crashes: 1 }),
    breaks: everyStateCanEnd,
  },
  {
    name: 'believes a lease whatever its end',
    mutation: {
      transition: (state, event, policy) =>
        state?.status === 'refreshing' && event.type === 'token_requested' && event.at < state.lease.until
          ? [state, [{ type: 'wait', until: state.lease.until }]]
          : transition(state, event, policy),
    },
    setup: scenario('constant', 2, {}, deadClaim),
    breaks: nobodyIsHeldUp,
  },
  {
    name: "takes a rival's rotation for the end of the grant",
    mutation: { transition: seeing('refresh_refused', (state) => uncontested(state)) },
    setup: scenario('rotating', 2),
    breaks: noFalseAlarm,
  },
  {
    name: "lets a failure free a lease that is another's",
    mutation: {
      transition: hearing('refresh_failed', (event, state) => ({ ...event, by: holderOf(state) })),
    },
    setup: scenario('rotating', 2, { lostAnswers: 1 }),
    breaks: oneRefreshAtATime,
  },
  {
    name: "counts a refusal although the lease and the token are another's",
    mutation: {
      transition: hearing('refresh_refused', (event, state) => ({
        ...event,
        by: holderOf(state),
        generation: state?.generation ?? 0,
      })),
    },
    setup: scenario('rotating', 3, {}, { lifetime: 1 }),
    breaks: nothingLost,
  },
  {
    name: 'drops the record after a failed refresh',
    mutation: {
      transition: (state, event, policy) =>
        event.type === 'refresh_failed' ? [undefined, []] : transition(state, event, policy),
    },
    setup: scenario('constant', 1, { lostAnswers: 1 }),
    breaks: nothingLost,
  },
  {
    name: 'takes an answer to an old grant for one to the new grant',
    mutation: {
      transition: hearing('refreshed', (event, state) => ({ ...event, grantId: state?.grantId ?? '' })),
    },
    setup: scenario('rotating', 1, userReturns),
    breaks: nothingLost,
  },
  {
    name: 'lets an older answer replace a newer one',
    mutation: {
      transition: hearing('refreshed', (event, state) => ({ ...event, generation: state?.generation ?? 0 })),
    },
    setup: scenario('constant', 2),
    breaks: neverOlder,
  },
  {
    name: 'saves a consent a second time over the refreshes since',
    mutation: { transition: seeing('authorized', () => undefined) },
    setup: scenario('rotating', 1, { ...userReturns, lostWrites: 1 }, { lifetime: 1 }),
    breaks: neverOlder,
  },
  {
    name: 'makes an uninstall wait for the end of a refresh',
    mutation: {
      transition: (state, event, policy) =>
        state?.status === 'refreshing' && event.type === 'uninstalled'
          ? [state, []]
          : transition(state, event, policy),
    },
    setup: scenario('constant', 1, { uninstalls: 1 }),
    breaks: nothingComesBack,
  },
  {
    name: 'saves an answer although the record is gone',
    mutation: { transition: reviving },
    setup: scenario('constant', 1, { uninstalls: 1 }),
    breaks: nothingComesBack,
  },
  {
    name: 'heeds an uninstall notice older than the installation',
    mutation: { transition: seeing('uninstalled', (state) => state && { ...state, installedAt: 0 }) },
    setup: scenario('constant', 1, userReturns),
    breaks: nothingLost,
  },
  {
    name: 'takes a notice without a time to be about the grant that is there',
    mutation: {
      transition: hearing('uninstalled', (event, state) =>
        event.noticeAt === undefined ? { ...event, grantId: state?.grantId ?? '' } : event,
      ),
    },
    setup: scenario('constant', 1, userReturns, { isUndated: true }),
    breaks: nothingLost,
  },
  {
    name: 'adopts the tokens of a grant that has ended',
    mutation: { transition: seeing('adopted', (state) => unlessDead(state)) },
    setup: scenario('rotating', 2, { lostAnswers: 1, imports: 1 }),
    breaks: staysEnded,
  },
  {
    name: 'adopts what is older than the tokens of a grant that has ended',
    mutation: { transition: seeing('adopted', (state) => withAgeless(state)) },
    setup: scenario('rotating', 2, { lostAnswers: 1, imports: 1 }, { lifetime: 1 }),
    breaks: staysEnded,
  },
]

/** The machine, shown another state than there is for one kind of event. */
function seeing(
  type: MachineEvent['type'],
  change: (state: InstallationState | undefined) => InstallationState | undefined,
): Transition {
  return (state, event, policy) => {
    const [next, effects] = transition(event.type === type ? change(state) : state, event, policy)
    return [next, effects]
  }
}

/** The machine, told another event than there was. */
function hearing<Type extends MachineEvent['type']>(
  type: Type,
  change: (event: EventOf<Type>, state: InstallationState | undefined) => MachineEvent,
): Transition {
  const isOne = (event: MachineEvent): event is EventOf<Type> => event.type === type
  return (state, event, policy) => transition(state, isOne(event) ? change(event, state) : event, policy)
}

function expired(state: InstallationState | undefined): InstallationState | undefined {
  return state?.status === 'refreshing' ? { ...state, lease: { ...state.lease, until: -1 } } : state
}

function uncontested(state: InstallationState | undefined): InstallationState | undefined {
  if (state?.status !== 'refreshing') return state
  const { contested: _, ...rest } = state
  return rest
}

function unlessDead(state: InstallationState | undefined): InstallationState | undefined {
  return state?.status === 'reauthorization_required' ? undefined : state
}

function withAgeless(state: InstallationState | undefined): InstallationState | undefined {
  if (state?.status !== 'reauthorization_required') return state
  return { ...state, refused: { ...state.refused, obtainedAt: -1 } }
}

function holderOf(state: InstallationState | undefined): string {
  return state?.status === 'refreshing' ? state.lease.holder : ''
}

function reviving(...[state, event, policy]: Parameters<Transition>): ReturnType<Transition> {
  if (state !== undefined || event.type !== 'refreshed') return transition(state, event, policy)
  const { grantId, tokens } = event
  const account = { companyId: 1, userId: 1 }
  const revived = { grantId, clientId: 'app', account, installedAt: 0, generation: 1, tokens }
  return [{ status: 'active', ...revived }, []]
}
