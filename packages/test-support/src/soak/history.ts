import type { InstallationId } from '@pd/oauth-core'

/** What a process of a soak may be asked to do. */
export type OperationKind =
  | 'token'
  | 'call'
  | 'refresh'
  | 'revoke'
  | 'install'
  | 'adopt'
  | 'uninstall'
  | 'notice'
  | 'keep-alive'
  | 'reseal'

/** What one process asked, and what it got. Times are in epoch milliseconds, tokens are fingerprints. */
export interface Operation {
  readonly process: number
  readonly kind: OperationKind
  /** Missing: it is about all installations. */
  readonly id?: InstallationId | undefined
  readonly from: number
  /** Missing: the process was killed first. */
  readonly until?: number | undefined
  /** `ok`, `kept` of `adopt()`, `ignored` of a notice, `http 401`, or the code of the error. */
  readonly outcome?: string | undefined
  /** The access token that it gave. */
  readonly token?: string | undefined
  /** Whose data a call of the API returned. */
  readonly owner?: string | undefined
}

/** A token response that a process received in full. */
export interface TokenAnswer {
  readonly process: number
  /** Its number among the requests of this process. */
  readonly request: number
  readonly from: number
  readonly until: number
  readonly token: string
}

/** A request to the token endpoint, as the server saw it. */
export interface TokenRequest {
  readonly process: number
  readonly request: number
  readonly id?: InstallationId | undefined
  readonly grantType?: string | undefined
  readonly refreshToken?: string | undefined
  /** When the process sent it. */
  readonly sentAt: number
  readonly endedAt?: number | undefined
  /** Whether the process disconnected before the response. */
  readonly abandoned: boolean
  readonly status?: number | undefined
  readonly faults: readonly string[]
}

/** What the store and the server said when everything had come to rest. */
export interface Rest {
  readonly at: number
  readonly records: readonly {
    readonly id: InstallationId
    readonly dueAt?: number | undefined
    readonly attention?: boolean | undefined
    /** The access token in the record. Missing if it may not be handed out any more. */
    readonly token?: string | undefined
    /** Whose token a caller gets, or the code of the error. */
    readonly serves: string
  }[]
  readonly listed: readonly string[]
  readonly listedForAttention: readonly string[]
  readonly due: readonly string[]
  readonly attentionCount?: number | undefined
  readonly dueCount?: number | undefined
}

/** All that is known of a soak after it. */
export interface SoakHistory {
  readonly policy: SoakPolicy
  /** When each killed process was killed, by its number. */
  readonly killedAt: ReadonlyMap<number, number>
  /** When the store was down. */
  readonly outages: readonly { readonly from: number; readonly until: number }[]
  readonly operations: readonly Operation[]
  readonly answers: readonly TokenAnswer[]
  readonly requests: readonly TokenRequest[]
  readonly rest: Rest
}

export interface SoakPolicy {
  readonly requestTimeoutMs: number
  readonly clockSkewMs: number
  readonly cooldownMs: number
  /** How long a token may be handed out after the uninstall. */
  readonly staleMs: number
  /** How long a token serves after its request before the next request may begin. */
  readonly freshMs: number
}
