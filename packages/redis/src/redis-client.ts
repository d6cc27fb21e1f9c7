/** The commands that the store uses. */
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

/** The extra connection, on which the store receives changes. */
export interface RedisSubscriber {
  subscribe(channel: string): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  on(event: string, listener: (...args: string[]) => void): unknown
  disconnect(): void
}

/** A `Redis` or `Cluster` of ioredis, or an object with the same methods. */
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

/** The reasons why a client cannot be used, a sentence each. Empty if it can. */
export function clientProblems(redis: unknown): string[] {
  const client = Object(redis) as Partial<Record<string, unknown>>
  const missing = methods.filter((name) => typeof client[name] !== 'function')
  if (missing.length > 0)
    return [
      `redisStore() needs a Redis or Cluster client of ioredis; this object has no ${missing.join(', ')}`,
    ]
  const { scaleReads, role, readOnly, keyPrefix } = Object(client['options']) as Record<string, unknown>
  const readsReplicas =
    (scaleReads !== undefined && scaleReads !== 'master') || role === 'slave' || readOnly === true
  return [
    ...(readsReplicas
      ? [
          'redisStore() must read from masters, because a replica lags behind: ' +
            "leave the client's options scaleReads, role and readOnly at their defaults",
        ]
      : []),
    ...(/[{}]/.test(String(keyPrefix ?? ''))
      ? [
          'redisStore() does not work with a keyPrefix that has braces: they would put all records into one slot of a cluster',
        ]
      : []),
  ]
}

/** Opens the extra connection. It waits for Redis without limit, whatever the client's own options say. */
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
