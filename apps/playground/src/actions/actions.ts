import type { Installation } from '@pd/oauth-core'
import { explainFailure } from '../failure.ts'
import type { Playground } from '../playground.ts'
import type { Action, Result, FakeAction } from './action.ts'
import { fakeActions } from './fake-actions.ts'
import { tokenActions } from './token-actions.ts'

const readDeals: Action = {
  label: 'Read deals again',
  hint: 'Gets the deals of this user from Pipedrive’s API.',
  async run({ id }, { deals }) {
    const { deals: read, failure } = await deals.read(id)
    if (failure) return { tone: 'bad', ...failure }
    return { tone: 'good', sentence: 'Pipedrive’s API answered.', figures: [['deals', read.length]] }
  },
}

/** Every action by its name in the address of its button. */
const actions = { 'read-deals': readDeals, ...tokenActions, ...fakeActions } as const

export type ActionName = keyof typeof actions

export function isActionName(name: string): name is ActionName {
  return Object.hasOwn(actions, name)
}

/** Returns the texts of an action's button. */
export function describeAction(name: ActionName): Pick<Action, 'label' | 'hint' | 'endLabel'> {
  return actions[name]
}

/** Whether an action is available: those of the fake are not, with the real Pipedrive. */
export function isAvailable(name: ActionName, { pipedrive }: Playground): boolean {
  return pipedrive.controls !== undefined || !Object.hasOwn(fakeActions, name)
}

/**
 * Runs an action and resolves to its result, or to undefined if the action is not available. An error of the library or
 * of Pipedrive is a result, too.
 */
export async function takeAction(
  name: ActionName,
  installation: Installation,
  playground: Playground,
): Promise<Result | undefined> {
  const { controls } = playground.pipedrive
  if (!isAvailable(name, playground)) return undefined
  const action: Action | FakeAction = actions[name]
  try {
    return await (action as FakeAction).run(
      installation,
      playground,
      controls as NonNullable<typeof controls>,
    )
  } catch (error) {
    return { tone: 'bad', ...explainFailure(error) }
  }
}
