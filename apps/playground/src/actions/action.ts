import type { Installation } from '@pd/oauth-core'
import type { Playground } from '../playground.ts'
import type { Stage } from '../stage.ts'

/** What came of an action, for the person who pressed the button. */
export interface Result {
  readonly tone: 'good' | 'plain' | 'bad'
  readonly sentence: string
  /** Numbers worth seeing, each with its name. */
  readonly figures?: readonly (readonly [name: string, value: string | number])[]
  /** The code of an error. */
  readonly code?: string
}

/** Something that can be done to the installation that is looked at. */
export interface Action {
  readonly label: string
  readonly hint: string
  /** The label while what it began is still on. */
  readonly endLabel?: string
  run(installation: Installation, playground: Playground): Promise<Result>
}

/** An action that only a fake Pipedrive can take part in. */
export interface StageAction extends Omit<Action, 'run'> {
  run(installation: Installation, playground: Playground, stage: Stage): Promise<Result>
}
