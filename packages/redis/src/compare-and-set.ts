import { createHash } from 'node:crypto'
import type { InstallationId, StoredRecord } from '@pd/oauth-core'
import type { Bucket } from './buckets.ts'
import type { RedisCommands } from './redis-client.ts'
import { recordText, versionMark } from './record-text.ts'

/**
 * Compares, writes the record and its index entries, and publishes the change, in one step. If memory is full, the first
 * write fails and nothing has changed. A client that lost its connection sends the same call again, so a record that
 * already has the new version counts as written. If the user may not publish, the write still counts.
 */
const compareAndSetScript = `
local stored = redis.call('GET', KEYS[1])
local expected, text, mark = ARGV[1], ARGV[2], ARGV[3]
if mark ~= '' and stored and string.sub(stored, 1, #mark) == mark then return 1 end
if expected == '' then
  if stored then return 0 end
elseif not stored or string.sub(stored, 1, #expected) ~= expected then
  return 0
end
if mark == '' then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], ARGV[4])
  redis.call('ZREM', KEYS[3], ARGV[4])
else
  redis.call('SET', KEYS[1], text)
  if not stored then redis.call('ZADD', KEYS[2], 0, ARGV[4]) end
  if ARGV[5] == '' then
    redis.call('ZREM', KEYS[3], ARGV[4])
  else
    redis.call('ZADD', KEYS[3], ARGV[5], ARGV[4])
  end
end
redis.pcall('PUBLISH', ARGV[6], mark)
return 1
`

const sha1 = createHash('sha1').update(compareAndSetScript).digest('hex')

/** The keys of a record and of its indexes. */
export interface Place {
  readonly id: InstallationId
  readonly record: string
  readonly bucket: Bucket
}

/** Replaces a record if it still has the expected version, in one round trip. Resolves to whether it did. */
export async function compareAndSet(
  redis: RedisCommands,
  { id, record, bucket }: Place,
  expected: string | undefined,
  next: StoredRecord | undefined,
): Promise<boolean> {
  const keysAndArguments = [
    record,
    bucket.ids,
    bucket.due,
    expected === undefined ? '' : versionMark(expected),
    next === undefined ? '' : recordText(next),
    next === undefined ? '' : versionMark(next.version),
    id,
    next?.dueAt === undefined ? '' : String(next.dueAt),
    record,
  ]
  try {
    return isYes(await redis.evalsha(sha1, 3, ...keysAndArguments))
  } catch (error) {
    if (!isUnknownScript(error)) throw error
    return isYes(await redis.eval(compareAndSetScript, 3, ...keysAndArguments))
  }
}

/** Redis forgets its scripts at a restart, at a failover and at `SCRIPT FLUSH`. */
function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}

/** The reply may be text, because ioredis has an option for that. */
function isYes(reply: unknown): boolean {
  return Number(reply) === 1
}
