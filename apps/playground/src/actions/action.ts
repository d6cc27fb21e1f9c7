import type { Installation } from '@pd/oauth-core'
import type { Playground } from '../playground.ts'
import type { FakeControls } from '../fake-controls.ts'

/** The result of an action, for the person who pressed the button. */
export interface Result {
  readonly tone: 'good' | 'plain' | 'bad'
  readonly sentence: string
  /** Figures to show, each with its name. */
  readonly figures?: readonly (readonly [name: string, value: string | number])[]
  /** The code of the error, if there was one. */
  readonly code?: string
}

/** An action on the installation that the page shows. */
export interface Action {
  readonly label: string
  readonly hint: string
  /** The label of the button while the action is on, for an action that is switched on and off. */
  readonly endLabel?: string
  run(installation: Installation, playground: Playground): Promise<Result>
}

/** An action that needs the fake Pipedrive. */
export interface FakeAction extends Omit<Action, 'run'> {
  run(installation: Installation, playground: Playground, controls: FakeControls): Promise<Result>
}
