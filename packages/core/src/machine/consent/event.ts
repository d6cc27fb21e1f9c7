import type { Account } from '../account.ts'
import type { Tokens } from '../tokens.ts'

/** Something that happened to an attempt, at an instant (`at`, epoch milliseconds). */
export type AttemptEvent =
  | {
      readonly type: 'returned'
      readonly at: number
      readonly state?: string
      readonly code?: string
      /** A digest of `code`, which is as good as the code for all but the exchange. */
      readonly codeDigest?: string
      readonly error?: string
    }
  | { readonly type: 'exchanged'; readonly at: number; readonly tokens: Tokens }
  | { readonly type: 'code_refused'; readonly at: number }
  | { readonly type: 'identified'; readonly at: number; readonly account: Account }
