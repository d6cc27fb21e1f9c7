import type { Bucket } from './buckets.ts'
import { clusterSlot } from './cluster-slot.ts'
import { openLine, type Line } from './line.ts'
import type { RedisClient, RedisNode } from './redis-client.ts'

/**
 * Subscribes to the changes of every bucket at the master that holds the bucket. Other nodes hear of a change through the
 * cluster's own connections, which lose messages without a word when they break. The line ends as soon as one of its
 * connections does, and when the client learns that a bucket has moved. Each beat asks for one bucket more, so the client
 * learns it within 64 beats; until then, its changes come through the cluster's connections.
 */
export function openClusterLine(
  cluster: RedisClient,
  buckets: readonly Bucket[],
  hear: (message: string) => void,
): Line {
  const { promise: ended, resolve: toldEnd } = Promise.withResolvers<void>()
  let lines: readonly Line[] = []
  let masters: readonly string[] = []
  let beats = 0
  let isOver = false
  const end = () => {
    isOver = true
    toldEnd()
    for (const line of lines) line.end()
  }
  const ask = async (index: number) => {
    const bucket = buckets[index % buckets.length]
    if (bucket !== undefined) await cluster.zcount(bucket.ids, '-inf', '+inf')
  }
  const open = async () => {
    // The client knows the nodes once a command is answered.
    await ask(0)
    if (isOver) throw new Error('The connection on which Redis reports changes has ended.')
    masters = mastersOf(cluster, buckets)
    lines = [...Map.groupBy(buckets, (_, index) => masters[index] ?? '')].map(([name, held]) =>
      openLine(
        nodeOf(cluster, name),
        held.map(({ changes }) => changes),
        hear,
      ),
    )
    for (const line of lines) void line.ended.then(end)
    await Promise.all(lines.map(({ opened }) => opened))
  }
  const opened = open()
  opened.catch(end)
  return {
    opened,
    ended,
    beat: async () => {
      await Promise.all([ask(beats++), ...lines.map((line) => line.beat())])
      const now = mastersOf(cluster, buckets)
      if (now.some((master, index) => master !== masters[index])) end()
    },
    end,
  }
}

/** The master of each bucket, as `host:port`. */
function mastersOf({ slots = [] }: RedisClient, buckets: readonly Bucket[]): string[] {
  return buckets.map(({ ids }) => slots[clusterSlot(/\{(\d+)\}/.exec(ids)?.[1] ?? '')]?.[0] ?? '')
}

function nodeOf(cluster: RedisClient, name: string): RedisNode {
  const node = cluster.nodes?.('master').find(({ options }) => {
    const { host = '127.0.0.1', port = 6_379 } = Object(options) as Record<string, string | number>
    return `${host}:${port}` === name
  })
  if (node === undefined) throw new Error(`The cluster has no master ${name || 'for some of its slots'}.`)
  return node
}
