import { ConfigurationError, type InstallationId, type TokenStore } from '@pd/oauth-core'
import { keysUnder } from './buckets.ts'
import { Changes } from './changes.ts'
import { compareAndSet } from './compare-and-set.ts'
import { countIds } from './counting.ts'
import { dueEntries } from './due.ts'
import { listIds } from './listing.ts'
import { readRecord } from './record-text.ts'
import { clientProblems, type RedisClient } from './redis-client.ts'

export interface RedisStoreOptions {
  /**
   * The beginning of every key and channel. Apps that share a Redis need different prefixes. 1 to 64 letters, digits and
   * any of `: . _ / -`. Default: `pd-oauth`.
   */
  readonly prefix?: string | undefined
}

/** A store on Redis, with every optional method. */
export interface RedisStore extends Required<TokenStore>, AsyncDisposable {
  /**
   * Closes the extra connection, on which changes are received: every watch is lost. Reads and writes still work. The client stays open: you
   * close it, and then this call is not needed.
   */
  close(): Promise<void>
}

/**
 * Creates a store that keeps installations in Redis 6.2 or newer, Redis Cluster or Valkey, through your ioredis client.
 *
 * @example
 * ```ts
 * import { PipedriveOAuth } from '@pd/oauth-core'
 * import { redisStore } from '@pd/oauth-redis'
 * import { Redis } from 'ioredis'
 *
 * const oauth = new PipedriveOAuth({
 *   clientId: 'from the Developer Hub',
 *   clientSecret: 'from the Developer Hub',
 *   redirectUri: 'https://app.example.com/pipedrive/callback',
 *   secrets: (process.env['PD_OAUTH_SECRETS'] ?? '').split(','),
 *   store: redisStore(new Redis('redis://localhost:6379'), { prefix: 'my-app' }),
 * })
 * ```
 *
 * @throws {ConfigurationError} `invalid_configuration`, if the client or an option cannot be used
 */
export function redisStore(redis: RedisClient, options: RedisStoreOptions = {}): RedisStore {
  const problems = [...clientProblems(redis), ...optionProblems(options)]
  if (problems.length > 0) throw new ConfigurationError(problems)
  const keys = keysUnder(options.prefix ?? defaultPrefix)
  const indexes = {
    ids: keys.buckets.map(({ ids }) => ids),
    due: keys.buckets.map(({ due }) => due),
    attention: keys.buckets.map(({ attention }) => attention),
  }
  const changes = new Changes(redis, keys.buckets)

  const get = async (id: InstallationId) => {
    const text = await redis.get(keys.record(id))
    if (text === null) return undefined
    const record = readRecord(text)
    if (record === undefined) throw new Error(`The value of the key ${keys.record(id)} is not a record.`)
    return record
  }
  const close = async () => changes.close()

  return {
    get,
    compareAndSet: (id, expected, next) =>
      compareAndSet(redis, { id, record: keys.record(id), bucket: keys.bucketOf(id) }, expected, next),
    due: (before, limit, after) => dueEntries(redis, indexes.due, before, limit, after),
    list: (query) => listIds(redis, query.attention === true ? indexes.attention : indexes.ids, query),
    count: (query) =>
      'attention' in query
        ? countIds(redis, indexes.attention)
        : countIds(redis, indexes.due, query.dueBefore),
    changed: (id, version, signal) =>
      changes.wait(id, version, async () => (await get(id))?.version !== version, signal),
    watch: (changed, { heartbeatMs }) => changes.watch(changed, heartbeatMs),
    close,
    [Symbol.asyncDispose]: close,
  }
}

const defaultPrefix = 'pd-oauth'

function optionProblems(options: RedisStoreOptions): string[] {
  const { prefix = defaultPrefix, ...others } = Object(options) as RedisStoreOptions
  return [
    ...(typeof prefix === 'string' && /^[\w:./-]{1,64}$/.test(prefix)
      ? []
      : ['redisStore(): prefix must be 1 to 64 letters, digits and any of : . _ / -']),
    ...Object.keys(others).map((name) => `redisStore(): ${name} is not a known option`),
  ]
}
