import type { Installation } from '@pd/oauth-core'
import { explainFailure } from '../failure.ts'
import type { Playground } from '../playground.ts'
import type { Action, Result, StageAction } from './action.ts'
import { stageActions } from './stage-actions.ts'
import { tokenActions } from './token-actions.ts'

const readDeals: Action = {
  label: 'Read again',
  hint: 'Asks Pipedrive’s API for the deals of this user.',
  async run({ id }, { deals }) {
    const { deals: read, failure } = await deals.read(id)
    if (failure) return { tone: 'bad', ...failure }
    return { tone: 'good', sentence: 'The API answered.', figures: [['deals', read.length]] }
  },
}

/** Every action by its name in the address. */
const actions = { 'read-deals': readDeals, ...tokenActions, ...stageActions } as const

export type ActionName = keyof typeof actions

export function isActionName(name: string): name is ActionName {
  return Object.hasOwn(actions, name)
}

/** How an action is shown. */
export function describeAction(name: ActionName): Pick<Action, 'label' | 'hint' | 'endLabel'> {
  return actions[name]
}

/** Whether an action can be taken with the Pipedrive that is there. */
export function isAvailable(name: ActionName, { pipedrive }: Playground): boolean {
  return pipedrive.stage !== undefined || !Object.hasOwn(stageActions, name)
}

/**
 * Takes an action. Never rejects for what the library or Pipedrive has to say: that is the result.
 * Undefined: there is no such action with the Pipedrive that is there.
 */
export async function takeAction(
  name: ActionName,
  installation: Installation,
  playground: Playground,
): Promise<Result | undefined> {
  const { stage } = playground.pipedrive
  if (!isAvailable(name, playground)) return undefined
  const action: Action | StageAction = actions[name]
  try {
    return await (action as StageAction).run(installation, playground, stage as NonNullable<typeof stage>)
  } catch (error) {
    return { tone: 'bad', ...explainFailure(error) }
  }
}
