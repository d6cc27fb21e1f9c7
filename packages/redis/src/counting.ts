import type { RedisCommands } from './redis-commands.ts'

/**
 * Returns how many ids there are in these indexes, or how many with a score below `before`. One command per index, all at
 * once; each takes Redis as long as finding one id.
 */
export async function countIds(
  redis: RedisCommands,
  indexes: readonly string[],
  before?: number,
): Promise<number> {
  const max = before === undefined ? '+inf' : `(${before}`
  const counts = await Promise.all(indexes.map((index) => redis.zcount(index, '-inf', max)))
  // A reply may be text, because ioredis has an option for that.
  return counts.reduce<number>((sum, count) => sum + Number(count), 0)
}
