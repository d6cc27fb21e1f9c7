import type { Bucket } from './buckets.ts'
import type { RedisCommands } from './redis-client.ts'

/** Returns how many records have `attention`, or are due before an instant. One command per bucket, all at once. */
export async function countIds(
  redis: RedisCommands,
  buckets: readonly Bucket[],
  query: { readonly attention: true } | { readonly dueBefore: number },
): Promise<number> {
  const counts = await Promise.all(
    buckets.map(({ attention, due }) =>
      'attention' in query
        ? redis.zcount(attention, '-inf', '+inf')
        : redis.zcount(due, '-inf', `(${query.dueBefore}`),
    ),
  )
  // A reply may be text, because ioredis has an option for that.
  return counts.reduce<number>((sum, count) => sum + Number(count), 0)
}
