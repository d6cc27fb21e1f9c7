import type { InstallationId } from '@pd/oauth-core'
import type { DueEntry } from '@pd/oauth-core/adapter'
import type { RedisCommands } from './redis-commands.ts'

/** What has been read from one bucket's index so far, soonest first. */
interface Reading {
  readonly index: string
  readonly given: DueEntry[]
  /** How many entries of the index were read, those up to `after` included. */
  offset: number
  isExhausted: boolean
}

/** Buckets are not quite even, so a page is larger than an even share, by so many standard deviations. */
const slack = 2
/** The most that one command reads. Redis serves nobody else while a command runs. */
const largestPage = 1_000

/**
 * Returns the entries that are due before an instant (epoch milliseconds) and come after `after`, soonest first over the
 * indexes of all buckets. It reads little more than an even share from each bucket, and more only from those that may hold
 * some of the soonest entries.
 */
export async function dueEntries(
  redis: RedisCommands,
  indexes: readonly string[],
  before: number,
  limit: number,
  after?: DueEntry,
): Promise<DueEntry[]> {
  const share = limit / indexes.length
  const pageSize = Math.min(limit, Math.ceil(share + slack * Math.sqrt(share)) + 1, largestPage)
  const readings = indexes.map((index): Reading => ({ index, given: [], offset: 0, isExhausted: false }))
  let wanting: readonly Reading[] = limit >= 1 ? readings : []
  let soonest: readonly DueEntry[] = []
  while (wanting.length > 0) {
    await Promise.all(wanting.map((reading) => readOn(redis, reading, { before, after, pageSize })))
    soonest = readings
      .flatMap(({ given }) => given)
      .sort(compare)
      .slice(0, limit)
    const last = soonest.length < limit ? undefined : soonest.at(-1)
    wanting = readings.filter((reading) => !reading.isExhausted && mayHoldBefore(reading, last))
  }
  // An id may have been read twice, because its `dueAt` changed between two pages.
  return [...new Map(soonest.map((entry) => [entry.id, entry])).values()].sort(compare)
}

/** Returns whether the rest of this index may hold an entry before `last`. Undefined: any entry will do. */
function mayHoldBefore({ given }: Reading, last: DueEntry | undefined): boolean {
  const latest = given.at(-1)
  return latest === undefined || last === undefined || compare(latest, last) < 0
}

interface Range {
  readonly before: number
  readonly after: DueEntry | undefined
  readonly pageSize: number
}

async function readOn(
  redis: RedisCommands,
  reading: Reading,
  { before, after, pageSize }: Range,
): Promise<void> {
  const { index, given, offset } = reading
  const reply = await redis.zrangebyscore(
    index,
    after === undefined ? '-inf' : String(after.dueAt),
    `(${before}`,
    'WITHSCORES',
    'LIMIT',
    offset,
    pageSize,
  )
  const page = pairs(reply)
  // Redis sorts members of one score as bytes, and ids are ASCII, so this is its order, too.
  given.push(...page.filter((entry) => after === undefined || compare(entry, after) > 0))
  reading.offset += page.length
  reading.isExhausted = page.length < pageSize
}

/** The reply is a flat list of members and scores or a list of pairs, depending on the client's options. */
function pairs(reply: unknown): DueEntry[] {
  const flat = (reply as unknown[]).flat()
  return Array.from({ length: flat.length / 2 }, (_, index) => ({
    id: flat[2 * index] as InstallationId,
    dueAt: Number(flat[2 * index + 1]),
  }))
}

function compare(left: DueEntry, right: DueEntry): number {
  if (left.dueAt !== right.dueAt) return left.dueAt - right.dueAt
  if (left.id === right.id) return 0
  return left.id < right.id ? -1 : 1
}
