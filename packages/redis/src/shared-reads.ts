import type { RedisCommands } from './redis-commands.ts'

/** Reads that wait for the end of this turn of the event loop. */
interface Waiting {
  readonly key: string
  readonly resolve: (text: string | null) => void
  readonly reject: (error: unknown) => void
}

/** How many records one command reads at most, so that Redis is not busy with it for long. */
const mostKeys = 100

/**
 * Returns a read of one key that shares a command with the other reads of the same turn. `groupOf`: which keys may be in one
 * command. In a cluster, those of one slot.
 */
export function sharedReads(
  commands: Pick<RedisCommands, 'get' | 'mget'>,
  groupOf: (key: string) => string,
): (key: string) => Promise<string | null> {
  let waiting: Waiting[] = []
  const flush = () => {
    const all = waiting
    waiting = []
    if (all.length === 1) return void readOne(commands, all[0] as Waiting)
    for (const group of Map.groupBy(all, ({ key }) => groupOf(key)).values())
      for (let from = 0; from < group.length; from += mostKeys)
        void readAll(commands, group.slice(from, from + mostKeys))
  }
  return (key) =>
    new Promise((resolve, reject) => {
      // This runs once all callers that the last replies woke have asked.
      if (waiting.push({ key, resolve, reject }) === 1) process.nextTick(flush)
    })
}

async function readAll(commands: Pick<RedisCommands, 'get' | 'mget'>, group: readonly Waiting[]) {
  if (group.length === 1) return readOne(commands, group[0] as Waiting)
  try {
    const texts = (await commands.mget(...group.map(({ key }) => key))) as readonly (
      | string
      | null
      | undefined
    )[]
    for (const [index, one] of group.entries()) {
      const text = texts[index]
      if (typeof text === 'string') one.resolve(text)
      // MGET says nothing of a key that holds no text. GET refuses it.
      else void readOne(commands, one)
    }
  } catch (error) {
    for (const { reject } of group) reject(error)
  }
}

async function readOne(commands: Pick<RedisCommands, 'get'>, { key, resolve, reject }: Waiting) {
  try {
    resolve(await commands.get(key))
  } catch (error) {
    reject(error)
  }
}
