import type { Policy } from '../../machine/policy.ts'
import type { TokenStore } from '../../store/store.ts'
import type { FullClock } from './clock.ts'
import type { Emit } from './oauth-event.ts'
import type { Random } from './random.ts'

/** Keeps work alive where a runtime ends with the response. */
export type WaitUntil = (work: Promise<unknown>) => void

/** What every part of the client works with: the options, checked, with every default filled in. */
export interface Settings {
  readonly clientId: string
  /** The current one first. */
  readonly clientSecrets: readonly string[]
  readonly redirectUri: string
  /** The first one seals, all of them open. */
  readonly secrets: readonly string[]
  readonly store: TokenStore
  readonly scopes: readonly string[]
  readonly oauthOrigin: string
  readonly apiOrigin: string | undefined
  readonly policy: Policy
  readonly fetch: typeof globalThis.fetch
  readonly clock: FullClock
  readonly random: Random
  readonly emit: Emit
  readonly waitUntil: WaitUntil | undefined
}
