import type { Account } from '../account.ts'
import type { Tokens } from '../tokens.ts'
import type { AttemptFailure } from './state.ts'

/** An order to the driver of an attempt. */
export type AttemptEffect =
  | { readonly type: 'exchange'; readonly code: string }
  | { readonly type: 'identify'; readonly tokens: Tokens }
  | {
      readonly type: 'install'
      readonly account: Account
      readonly tokens: Tokens
      readonly reference?: string
    }
  /** The same callback again, after it has done its work: end where the first one ended. */
  | { readonly type: 'resume'; readonly account: Account }
  | { readonly type: 'fail'; readonly code: AttemptFailure }
  /** The attempt is over for a reason that a new one mends: begin one with the same aim, or fail if that is impossible. */
  | { readonly type: 'begin_again'; readonly code: AttemptFailure }
