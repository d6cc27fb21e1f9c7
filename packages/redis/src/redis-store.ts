/// <reference lib="esnext.disposable" preserve="true" />
import { ConfigurationError, type InstallationId, type TokenStore } from '@pd/oauth-core'
import { keysUnder } from './buckets.ts'
import { Changes } from './changes.ts'
import { compareAndSet } from './compare-and-set.ts'
import { countIds } from './counting.ts'
import { databaseFindings } from './database-check.ts'
import { dueEntries } from './due.ts'
import { explainedCommands } from './explained-commands.ts'
import { listIds } from './listing.ts'
import { readRecord } from './record-text.ts'
import { recognise, type PollingClient, type RedisClient, type SubscribingClient } from './redis-client.ts'
import { serverFindings } from './server-check.ts'
import { sharedReads } from './shared-reads.ts'

export interface RedisStoreOptions {
  /**
   * The beginning of every key and channel. Apps that share a Redis need different prefixes. 1 to 64 letters, digits and
   * any of `: . _ / -`. Default: `pd-oauth`.
   */
  readonly prefix?: string | undefined
}

/** A store on Redis with every optional method. It receives changes over an extra connection. */
export interface RedisStore extends Required<TokenStore>, Closable {}

/** A store on Redis over a client that cannot receive changes: callers that wait for another process poll. */
export interface PollingRedisStore
  extends Required<Omit<TokenStore, Telling>>, Pick<TokenStore, Telling>, Closable {}

type Telling = 'changed' | 'watch'

interface Closable extends AsyncDisposable {
  /**
   * Closes the extra connection, on which changes are received: every watch is lost. Reads and writes still work. The client
   * stays open: you close it, and then this call is not needed.
   */
  close(): Promise<void>
}

/**
 * Creates a store that keeps installations in Redis 6.2 or newer, Redis Cluster or Valkey, through your client: of ioredis,
 * of node-redis, or of @upstash/redis.
 *
 * @example
 * ```ts
 * import { PipedriveOAuth } from '@pd/oauth-core'
 * import { ioredisOptions, redisStore } from '@pd/oauth-redis'
 * import { Redis } from 'ioredis'
 *
 * const oauth = new PipedriveOAuth({
 *   clientId: 'from the Developer Hub',
 *   clientSecret: 'from the Developer Hub',
 *   redirectUri: 'https://app.example.com/pipedrive/callback',
 *   secrets: (process.env['PD_OAUTH_SECRETS'] ?? '').split(','),
 *   store: redisStore(new Redis('redis://localhost:6379', ioredisOptions), { prefix: 'my-app' }),
 * })
 * ```
 *
 * @throws {ConfigurationError} `invalid_configuration`, if the client or an option cannot be used
 */
export function redisStore(redis: SubscribingClient, options?: RedisStoreOptions): RedisStore
export function redisStore(redis: PollingClient, options?: RedisStoreOptions): PollingRedisStore
export function redisStore(redis: RedisClient, options?: RedisStoreOptions): PollingRedisStore
export function redisStore(redis: RedisClient, options: RedisStoreOptions = {}): PollingRedisStore {
  const recognised = recognise(redis)
  const problems = [...('problems' in recognised ? recognised.problems : []), ...optionProblems(options)]
  if (problems.length > 0 || 'problems' in recognised) throw new ConfigurationError(problems)
  const { isCluster, database, subscriptions } = recognised.connection
  const commands = explainedCommands(recognised.connection.commands, redis)
  const keys = keysUnder(options.prefix ?? defaultPrefix)
  const indexes = {
    ids: keys.buckets.map(({ ids }) => ids),
    due: keys.buckets.map(({ due }) => due),
    attention: keys.buckets.map(({ attention }) => attention),
  }
  const changes = subscriptions && new Changes(subscriptions, keys)

  const read = sharedReads(commands, isCluster ? tagOf : () => '')

  const get = async (id: InstallationId) => {
    const text = await read(keys.record(id))
    if (text === null) return undefined
    const record = readRecord(text)
    if (record === undefined) throw new Error(`The value of the key ${keys.record(id)} is not a record.`)
    return record
  }
  const close = async () => changes?.close()

  return {
    get,
    compareAndSet: (id, expected, next) =>
      compareAndSet(commands, { id, record: keys.record(id), bucket: keys.bucketOf(id) }, expected, next),
    due: (before, limit, after) => dueEntries(commands, indexes.due, before, limit, after),
    list: (query) => listIds(commands, query.attention === true ? indexes.attention : indexes.ids, query),
    count: (query) =>
      'attention' in query
        ? countIds(commands, indexes.attention)
        : countIds(commands, indexes.due, query.dueBefore),
    check: async () => [
      ...(await databaseFindings(database)),
      ...(await serverFindings(commands, isCluster ? indexes.ids : indexes.ids.slice(0, 1))),
    ],
    ...(changes && tellingOf(changes, get)),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function tellingOf(changes: Changes, get: TokenStore['get']): Required<Pick<TokenStore, Telling>> {
  return {
    changed: (id, version, signal) => changes.wait(id, version, () => get(id), signal),
    watch: (changed, options) => changes.watch(changed, options),
  }
}

/** Returns the hash tag of a key. Keys with the same tag are in one slot of a cluster. */
function tagOf(key: string): string {
  return key.slice(0, key.indexOf('}'))
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
