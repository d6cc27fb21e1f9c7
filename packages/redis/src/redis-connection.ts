import type { Bucket } from './buckets.ts'
import type { Line } from './line.ts'
import type { RedisCommands } from './redis-commands.ts'

/** What the store needs of a client, whichever library it comes from. */
export interface RedisConnection {
  readonly commands: RedisCommands
  /** Whether several servers share the keys. */
  readonly isCluster: boolean
  /** Absent if the client connects only if Redis lets it into its database. */
  readonly database?: Database
  /** Absent if the client has no connection on which changes can be received: callers poll. */
  readonly subscriptions?: Subscriptions
}

/** The database that a client was told to use. */
export interface Database {
  /** Undefined: none. */
  number(): number | undefined
  /** Sends SELECT again, to hear of a refusal. */
  select(number: number): Promise<unknown>
}

/** How changes are received beside the client. */
export interface Subscriptions {
  /** Opens a subscription to the changes of all buckets. */
  open(buckets: readonly Bucket[], hear: (message: string) => void): Line
  /** Whether the client was closed for good. */
  isOver(): boolean
  /** Calls the listener when the client ends. Returns how to stop that. */
  onEnd(listener: () => void): () => void
}
