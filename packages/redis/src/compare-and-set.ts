import { createHash } from 'node:crypto'
import type { InstallationId, StoredRecord } from '@pd/oauth-core'
import type { Bucket } from './buckets.ts'
import type { RedisCommands } from './redis-commands.ts'
import { recordText, versionMark } from './record-text.ts'

/**
 * Compares, writes the record and its index entries, and publishes the change, in one step. Redis does not undo what a
 * script did before an error. So the script first tries each command that it needs in a way that changes nothing: `XX`
 * for a member and a key that do not exist, `NX` for a key that does. If the user lacks a command, if a key has another
 * type, or if memory is full, the error comes then. The news come before the record for the same reason: a message too
 * many does no harm. A delete tries only what a delete needs, so it also works while memory is full.
 *
 * Those who wait for the record get it, but only once it is stored: this message must not tell of a record that never was.
 * Its commands change nothing, so their errors count for nothing: who waits then reads. `NUMSUB` is asked because a cluster
 * sends every message to every node.
 *
 * A client that lost its connection sends the same call again, so a record that already has the new version counts as
 * written.
 */
const compareAndSetScript = `
local record, ids, due, attention = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local expected, mark, text, id, dueAt, isMarked, channel = unpack(ARGV)
local stored = redis.call('GET', record)
if mark ~= '' and stored and string.sub(stored, 1, #mark) == mark then return 1 end
if expected == '' then
  if stored then return 0 end
elseif not stored or string.sub(stored, 1, #expected) ~= expected then
  return 0
end

if mark == '' then
  redis.call('ZREM', ids, '')
  redis.call('ZREM', due, '')
  redis.call('ZREM', attention, '')
  redis.call('PUBLISH', channel, id .. ' ')
  redis.call('DEL', record)
  redis.call('ZREM', ids, id)
  redis.call('ZREM', due, id)
  redis.call('ZREM', attention, id)
  return 1
end

redis.call('ZADD', due, 'XX', dueAt == '' and 0 or dueAt, '')
redis.call('ZADD', attention, 'XX', 0, '')
redis.call('ZREM', ids, '')
redis.call('SET', record, '', stored and 'NX' or 'XX')
redis.call('PUBLISH', channel, id .. ' ' .. mark)

redis.call('ZADD', ids, 0, id)
if dueAt == '' then redis.call('ZREM', due, id) else redis.call('ZADD', due, dueAt, id) end
if isMarked == '' then redis.call('ZREM', attention, id) else redis.call('ZADD', attention, 0, id) end
redis.call('SET', record, text)

if expected ~= '' then
  local waiting = channel .. ':' .. id
  local counted = redis.pcall('PUBSUB', 'NUMSUB', waiting)
  if tonumber(counted[2] or 0) > 0 then redis.pcall('PUBLISH', waiting, id .. ' ' .. expected .. text) end
end
return 1
`

const sha1 = createHash('sha1').update(compareAndSetScript).digest('hex')

/** The keys of a record and of its bucket. */
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
    bucket.attention,
    expected === undefined ? '' : versionMark(expected),
    next === undefined ? '' : versionMark(next.version),
    next === undefined ? '' : recordText(next),
    id,
    next?.dueAt === undefined ? '' : String(next.dueAt),
    next?.attention === true ? '1' : '',
    bucket.changes,
  ]
  try {
    return isYes(await redis.evalsha(sha1, 4, ...keysAndArguments))
  } catch (error) {
    if (!isUnknownScript(error)) throw error
    return isYes(await redis.eval(compareAndSetScript, 4, ...keysAndArguments))
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
