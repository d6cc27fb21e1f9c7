import type { InstallationId } from '@pd/oauth-core'
import type { RedisCommands } from './redis-commands.ts'

interface DueId {
  readonly id: InstallationId
  readonly dueAt: number
}

/** What has been read from one bucket's index so far, soonest first. */
interface Reading {
  readonly index: string
  readonly given: DueId[]
  isExhausted: boolean
}

/** Buckets are not quite even, so a page is larger than an even share, by so many standard deviations. */
const slack = 4
/** The most that one command reads. Redis serves nobody else while a command runs. */
const largestPage = 1_000

/**
 * Returns the ids that are due before an instant (epoch milliseconds), soonest first over the indexes of all buckets. It reads little more than
 * an even share from each bucket, and more only from those that may hold some of the soonest ids.
 */
export async function dueIds(
  redis: RedisCommands,
  indexes: readonly string[],
  before: number,
  limit: number,
): Promise<InstallationId[]> {
  const share = limit / indexes.length
  const pageSize = Math.min(limit, Math.ceil(share + slack * Math.sqrt(share) + slack), largestPage)
  const readings = indexes.map((index): Reading => ({ index, given: [], isExhausted: false }))
  let wanting: readonly Reading[] = limit >= 1 ? readings : []
  let soonest: readonly DueId[] = []
  while (wanting.length > 0) {
    await Promise.all(wanting.map((reading) => readOn(redis, reading, before, pageSize)))
    soonest = readings
      .flatMap(({ given }) => given)
      .sort((left, right) => left.dueAt - right.dueAt)
      .slice(0, limit)
    const latest = soonest.length < limit ? Infinity : (soonest.at(-1)?.dueAt ?? Infinity)
    wanting = readings.filter(({ isExhausted, given }) => !isExhausted && (given.at(-1)?.dueAt ?? 0) < latest)
  }
  // An id may have been read twice, because its `dueAt` changed between two pages.
  return [...new Set(soonest.map(({ id }) => id))]
}

async function readOn(
  redis: RedisCommands,
  reading: Reading,
  before: number,
  pageSize: number,
): Promise<void> {
  const { index, given } = reading
  const offset = given.length
  const reply = await redis.zrangebyscore(
    index,
    '-inf',
    `(${before}`,
    'WITHSCORES',
    'LIMIT',
    offset,
    pageSize,
  )
  const page = pairs(reply)
  given.push(...page)
  reading.isExhausted = page.length < pageSize
}

/** The reply is a flat list of members and scores or a list of pairs, depending on the client's options. */
function pairs(reply: unknown): DueId[] {
  const flat = (reply as unknown[]).flat()
  return Array.from({ length: flat.length / 2 }, (_, index) => ({
    id: flat[2 * index] as InstallationId,
    dueAt: Number(flat[2 * index + 1]),
  }))
}
