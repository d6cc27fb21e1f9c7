import type { Policy } from '../../machine/policy.ts'
import type { TokenStore } from '../../store/store.ts'
import type { FullClock } from './clock.ts'
import type { Log } from './log.ts'
import type { Logger } from './logger.ts'
import type { Emit } from './oauth-event.ts'
import type { Random } from './random.ts'
import type { SecretSource } from './secret-source.ts'
import type { ServerClock } from './server-clock.ts'

/** Keeps work alive on runtimes that stop after the response. */
export type WaitUntil = (work: Promise<unknown>) => void

/** The checked options with every default filled in, for every part of the client. */
export interface Settings {
  readonly clientId: string
  /** The current one first. */
  readonly clientSecrets: readonly string[]
  readonly redirectUri: string
  readonly secrets: SecretSource
  readonly store: TokenStore
  readonly scopes: readonly string[]
  readonly oauthOrigin: string
  readonly apiOrigin: string | undefined
  readonly policy: Policy
  readonly fetch: typeof globalThis.fetch
  readonly clock: FullClock
  readonly random: Random
  /** A number that this process has drawn for itself, 0 to 1295: history tells processes apart by it. */
  readonly process: number
  readonly emit: Emit
  /** Compares this clock with Pipedrive's. */
  readonly serverClock: ServerClock
  readonly log: Log
  readonly logger: Logger | false
  readonly waitUntil: WaitUntil | undefined
}

/** The origins whose pages may frame the app's: Pipedrive's, and those of `endpoints`. */
export function frameAncestorsOf({ oauthOrigin, apiOrigin = oauthOrigin }: Settings): readonly string[] {
  const own = [oauthOrigin, apiOrigin].map((address) => new URL(address).origin)
  const others = own.filter((origin) => !origin.endsWith('.pipedrive.com'))
  return [...new Set(['https://*.pipedrive.com', ...others])]
}
