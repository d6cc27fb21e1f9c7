import { InvalidArgumentError, type InstallationId } from '@pd/oauth-core'
import type { RedisCommands } from './redis-commands.ts'

interface Query {
  readonly companyId?: number | undefined
  readonly cursor?: string | undefined
  readonly limit: number
}

/**
 * How many indexes are read at once: one, which in a large store holds the page, then more and more. An empty store takes
 * four round trips, and no store yields many ids too many.
 */
const waves = [1, 4, 16, 64]

/**
 * Returns a page of the ids in these indexes, one after another, sorted as text within each. Writes between two pages do
 * not move the other ids. The cursor holds the index and the last id that was returned from it.
 * @throws {InvalidArgumentError} if the cursor does not come from this function
 */
export async function listIds(
  redis: RedisCommands,
  indexes: readonly string[],
  { companyId, cursor, limit }: Query,
): Promise<{ ids: InstallationId[]; cursor?: string }> {
  const from = readCursor(cursor, indexes.length)
  const ids: InstallationId[] = []
  let first = from.index
  for (const size of waves) {
    const wave = await Promise.all(
      indexes.slice(first, first + size).map((key, index) => {
        const after = index === 0 && first === from.index ? from.after : undefined
        return idsOf(redis, key, { companyId, after, limit: limit - ids.length + 1 })
      }),
    )
    for (const [index, found] of wave.entries()) {
      const taken = found.slice(0, limit - ids.length)
      ids.push(...taken)
      if (found.length > taken.length) return { ids, cursor: `${first + index}/${taken.at(-1) ?? ''}` }
    }
    first += size
  }
  return { ids }
}

async function idsOf(
  redis: RedisCommands,
  index: string,
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
  return (await redis.zrangebylex(index, min, highest, 'LIMIT', 0, range.limit)) as InstallationId[]
}

function readCursor(cursor: string | undefined, indexes: number) {
  if (cursor === undefined) return { index: 0, after: undefined }
  const [, index, after] = /^(\d{1,2})\/(\d*(?::\d*)?)$/.exec(cursor) ?? []
  if (index === undefined || Number(index) >= indexes)
    throw new InvalidArgumentError('list()', ['cursor does not come from list() of redisStore()'])
  return { index: Number(index), after }
}
