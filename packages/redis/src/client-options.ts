/*
 * With these options, each command ends within 4.5 s while Redis is away, which is within `policy.storeTimeoutMs` (5 s), and a
 * connection that carries nothing any more is replaced after 2.5 s. Shorter times end commands of a busy process, whose
 * answers are there and not read yet.
 */

/** How long a connection may take to open, in milliseconds. */
const connectMs = 2_500
/** How long Redis may take to answer on a connection before that is replaced, in milliseconds. */
const silenceMs = 2_500
/** How long a command may take with its repetition, in milliseconds. */
const commandMs = 4_500
/** How long a client waits before it connects again, in milliseconds. Always the same, so that it is back at once. */
const reconnectMs = () => 100

/**
 * The options for `new Redis()` of ioredis, also with Sentinels. ioredis's own defaults let commands wait while Redis is
 * away, longer after every try to connect.
 *
 * @example
 * ```ts
 * import { ioredisOptions } from '@pd/oauth-redis'
 * import { Redis } from 'ioredis'
 *
 * const redis = new Redis({
 *   ...ioredisOptions,
 *   sentinels: [{ host: 'sentinel-1', port: 26379 }],
 *   name: 'mymaster',
 * })
 * ```
 */
export const ioredisOptions = {
  connectTimeout: connectMs,
  socketTimeout: silenceMs,
  commandTimeout: commandMs,
  maxRetriesPerRequest: 1,
  retryStrategy: reconnectMs,
  failoverDetector: true,
  sentinelCommandTimeout: silenceMs,
  sentinelRetryStrategy: reconnectMs,
  reconnectOnError: (error: Error): boolean => error.message.startsWith('READONLY'),
}

/** The options for `new Cluster()` of ioredis. */
export const ioredisClusterOptions = {
  redisOptions: {
    connectTimeout: connectMs,
    socketTimeout: silenceMs,
    commandTimeout: commandMs,
  },
  clusterRetryStrategy: reconnectMs,
  slotsRefreshTimeout: silenceMs,
  slotsRefreshInterval: 5_000,
}

/** The options for `createClient()` and `createClientPool()` of node-redis. In a cluster, these are its `defaults`. */
export const nodeRedisOptions = {
  socket: {
    connectTimeout: connectMs,
    socketTimeout: silenceMs,
    reconnectStrategy: reconnectMs,
  },
  pingInterval: 1_000,
  commandOptions: { timeout: commandMs },
}
