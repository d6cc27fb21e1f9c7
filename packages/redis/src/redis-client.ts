/** The commands that the store uses on your client. */
export interface RedisCommands {
  get(key: string): Promise<string | null>
  publish(channel: string, message: string): Promise<unknown>
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
  zcount(key: string, min: string, max: string): Promise<unknown>
}

/** An extra connection, on which the store receives changes. */
export interface RedisSubscriber {
  subscribe(...channels: string[]): Promise<unknown>
  on(event: string, listener: (...args: string[]) => void): unknown
  disconnect(): void
}

/** A client of one server, which can open a second connection to the same server. */
export interface RedisNode extends Pick<RedisCommands, 'publish'> {
  readonly options?: object
  duplicate(options?: unknown): RedisSubscriber
}

/** A `Redis` or `Cluster` of ioredis, or an object with the same methods. */
export interface RedisClient extends RedisCommands, RedisNode {
  readonly status: string
  /** Of a cluster: the nodes of each slot as `host:port`, the master first. */
  readonly slots?: readonly (readonly string[] | undefined)[]
  /** Of a cluster: a client for each master. */
  nodes?(role: 'master'): RedisNode[]
  once(event: 'end', listener: () => void): unknown
  off(event: 'end', listener: () => void): unknown
}

const methods: readonly (keyof RedisClient)[] = [
  'get',
  'publish',
  'eval',
  'evalsha',
  'zrangebyscore',
  'zrangebylex',
  'zcount',
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
