import type { InstallationId } from '@pd/oauth-core'
import type { Bucket } from './buckets.ts'
import type { RedisCommands } from './redis-client.ts'

interface Query {
  readonly companyId?: number
  readonly cursor?: string
  readonly limit: number
}

/** How many buckets are read at once: an empty store takes four round trips, and a full one yields few ids too many. */
const bucketsAtOnce = 16

/**
 * A page of ids, bucket after bucket, sorted as text within each. Writes between two pages do not move the other ids.
 * The cursor holds the bucket and the last id that was returned from it.
 * @throws {Error} if the cursor does not come from this function
 */
export async function listIds(
  redis: RedisCommands,
  buckets: readonly Bucket[],
  { companyId, cursor, limit }: Query,
): Promise<{ ids: InstallationId[]; cursor?: string }> {
  const from = readCursor(cursor)
  const ids: InstallationId[] = []
  for (let first = from.bucket; first < buckets.length; first += bucketsAtOnce) {
    const wave = await Promise.all(
      buckets.slice(first, first + bucketsAtOnce).map((bucket, index) => {
        const after = index === 0 && first === from.bucket ? from.after : undefined
        return idsOf(redis, bucket, { companyId, after, limit: limit - ids.length + 1 })
      }),
    )
    for (const [index, found] of wave.entries()) {
      const taken = found.slice(0, limit - ids.length)
      ids.push(...taken)
      if (found.length > taken.length) return { ids, cursor: `${first + index}/${taken.at(-1) ?? ''}` }
    }
  }
  return { ids }
}

async function idsOf(
  redis: RedisCommands,
  bucket: Bucket,
  range: {
    readonly companyId: number | undefined
    readonly after: string | undefined
    readonly limit: number
  },
): Promise<InstallationId[]> {
  // ';' is the character after ':', and ':' ends the company's number.
  const [lowest, highest] =
    range.companyId === undefined ? ['-', '+'] : [`[${range.companyId}:`, `(${range.companyId};`]
  const min = range.after ? `(${range.after}` : lowest
  return (await redis.zrangebylex(bucket.ids, min, highest, 'LIMIT', 0, range.limit)) as InstallationId[]
}

function readCursor(cursor: string | undefined): { bucket: number; after: string | undefined } {
  if (cursor === undefined) return { bucket: 0, after: undefined }
  const match = /^(\d{1,2})\/(\d*:?\d*)$/.exec(cursor)
  if (match === null) throw new Error('This cursor does not come from list() of redisStore().')
  return { bucket: Number(match[1]), after: match[2] }
}
