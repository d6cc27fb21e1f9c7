import type { InstallationId } from '@pd/oauth-core'
import type { DueEntry } from '@pd/oauth-core/adapter'
import type { RedisCommands } from './redis-commands.ts'

/** What has been read from one bucket's index so far, soonest first. */
interface Reading {
  readonly index: string
  readonly given: DueEntry[]
  /** The last entry that was read. */
  last: DueEntry | undefined
  /** How many entries with the `dueAt` of `last` were read, `last` included. 0: they have to be read again. */
  ties: number
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
  const readings = indexes.map((index): Reading => ({
    index,
    given: [],
    last: undefined,
    ties: 0,
    isExhausted: false,
  }))
  let wanting: readonly Reading[] = limit >= 1 ? readings : []
  let soonest: DueEntry[] = []
  while (wanting.length > 0) {
    await Promise.all(wanting.map((reading) => readOn(redis, reading, { before, after, pageSize })))
    // An id may have been read twice, because its `dueAt` changed between two pages.
    const byId = new Map(readings.flatMap(({ given }) => given.map((entry) => [entry.id, entry])))
    soonest = [...byId.values()].sort(compare).slice(0, limit)
    const last = soonest.length < limit ? undefined : soonest.at(-1)
    wanting = readings.filter((reading) => !reading.isExhausted && mayHoldBefore(reading, last))
  }
  return soonest
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

/**
 * Reads the next page. It begins with the last entry of the page before, and not at a count from the start, because other
 * processes take entries out meanwhile. If that entry has gone, those with its `dueAt` are read again.
 */
async function readOn(
  redis: RedisCommands,
  reading: Reading,
  { before, after, pageSize }: Range,
): Promise<void> {
  const { index, given, last, ties } = reading
  const overlap = Math.min(ties, 1)
  const from = last ?? after
  const page = pairs(
    await redis.zrangebyscore(
      index,
      from === undefined ? '-inf' : String(from.dueAt),
      `(${before}`,
      'WITHSCORES',
      'LIMIT',
      ties - overlap,
      pageSize + overlap,
    ),
  )
  const [first] = page
  if (overlap === 1 && (first === undefined || last === undefined || compare(first, last) !== 0)) {
    reading.ties = 0
    return
  }
  // Redis sorts members of one score as bytes, and ids are ASCII, so this is its order, too.
  const known = given.at(-1) ?? after
  given.push(...page.filter((entry) => known === undefined || compare(entry, known) > 0))
  reading.isExhausted = page.length < pageSize + overlap
  const end = page.at(-1)
  if (end === undefined) return
  const tied = page.filter(({ dueAt }) => dueAt === end.dueAt).length
  reading.ties = tied === page.length && end.dueAt === from?.dueAt ? ties - overlap + tied : tied
  reading.last = end
}

/** The reply is a flat list of members and scores or a list of pairs, as text or as bytes, depending on the client's options. */
function pairs(reply: unknown): DueEntry[] {
  const flat = (reply as unknown[]).flat()
  return Array.from({ length: flat.length / 2 }, (_, index) => ({
    id: String(flat[2 * index]) as InstallationId,
    dueAt: Number(flat[2 * index + 1]),
  }))
}

function compare(left: DueEntry, right: DueEntry): number {
  if (left.dueAt !== right.dueAt) return left.dueAt - right.dueAt
  if (left.id === right.id) return 0
  return left.id < right.id ? -1 : 1
}
