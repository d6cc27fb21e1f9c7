/** The commands a store uses. */
export interface RedisCommands {
  get(key: string): Promise<string | null>
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
  evalsha(sha1: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
  zrangebyscore(
    key: string,
    min: string,
    max: string,
    withScores: 'WITHSCORES',
    limit: 'LIMIT',
    offset: number,
    count: number,
  ): Promise<unknown>
  zrangebylex(
    key: string,
    min: string,
    max: string,
    limit: 'LIMIT',
    offset: number,
    count: number,
  ): Promise<string[]>
}

/** A connection of its own, on which a store hears of changes. */
export interface RedisSubscriber {
  subscribe(channel: string): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  on(event: string, listener: (...args: string[]) => void): unknown
  disconnect(): void
}

/** `Redis` or `Cluster` of ioredis, or whatever is made like them. */
export interface RedisClient extends RedisCommands {
  readonly status: string
  readonly isCluster?: boolean
  readonly options?: object
  duplicate(first?: unknown, second?: unknown): RedisSubscriber
  once(event: 'end', listener: () => void): unknown
  off(event: 'end', listener: () => void): unknown
}

const methods: readonly (keyof RedisClient)[] = [
  'get',
  'eval',
  'evalsha',
  'zrangebyscore',
  'zrangebylex',
  'duplicate',
  'once',
  'off',
]

/** What keeps a client from being used, a sentence each; empty when nothing does. */
export function clientProblems(redis: unknown): string[] {
  const client = Object(redis) as Partial<Record<string, unknown>>
  const missing = methods.filter((name) => typeof client[name] !== 'function')
  if (missing.length > 0)
    return [
      `redisStore() needs a client of ioredis, Redis or Cluster: what it was given has no ${missing.join(', ')}`,
    ]
  const { scaleReads, role, readOnly, keyPrefix } = Object(client['options']) as Record<string, unknown>
  const readsReplicas =
    (scaleReads !== undefined && scaleReads !== 'master') || role === 'slave' || readOnly === true
  return [
    ...(readsReplicas
      ? [
          'redisStore() must read from masters, because a replica lags behind: ' +
            'leave the options scaleReads, role and readOnly of the client at their defaults',
        ]
      : []),
    ...(/[{}]/.test(String(keyPrefix ?? ''))
      ? [
          'redisStore() cannot work under a keyPrefix with braces: it would put every record into one slot of a cluster',
        ]
      : []),
  ]
}

/** A connection for hearing only. It waits for Redis as long as it takes, whatever the client itself does. */
export function subscriberOf(redis: RedisClient): RedisSubscriber {
  const patient = { enableOfflineQueue: true, lazyConnect: false }
  return redis.isCluster === true
    ? redis.duplicate([], patient)
    : redis.duplicate({
        ...patient,
        autoResubscribe: true,
        maxRetriesPerRequest: null,
        commandTimeout: undefined,
      })
}
