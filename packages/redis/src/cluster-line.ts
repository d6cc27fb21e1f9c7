import type { Bucket } from './buckets.ts'
import { clusterSlot } from './cluster-slot.ts'
import { hasEnded, openLine, type Line, type LineNode } from './line.ts'
import type { RedisCommands } from './redis-commands.ts'

/** A cluster, as a client knows it. */
export interface LineCluster {
  readonly commands: Pick<RedisCommands, 'zcount'>
  /** The name of the master that holds a slot, or an empty text. */
  masterOf(slot: number): string
  /** The master of a name. */
  node(name: string): LineNode | undefined | Promise<LineNode | undefined>
}

/**
 * Subscribes to the changes of every bucket at the master that holds the bucket. Other nodes hear of a change through the
 * cluster's own connections, which lose messages without a word when they break. The line ends as soon as one of its
 * connections does, and when the client learns that a bucket has moved. Each beat asks for one bucket more, so the client
 * learns it within 64 beats; until then, its changes come through the cluster's connections.
 */
export function openClusterLine(
  cluster: LineCluster,
  buckets: readonly Bucket[],
  hear: (message: string) => void,
): Line {
  const { promise: ended, resolve: toldEnd } = Promise.withResolvers<unknown>()
  let lines: readonly Line[] = []
  let masters: readonly string[] = []
  let beats = 0
  let isOver = false
  const end = (reason?: unknown) => {
    isOver = true
    toldEnd(reason)
    for (const line of lines) line.end()
  }
  const ask = async (index: number) => {
    const bucket = buckets[index % buckets.length]
    if (bucket !== undefined) await cluster.commands.zcount(bucket.ids, '-inf', '+inf')
  }
  const open = async () => {
    // The client knows the nodes once a command is answered.
    await ask(0)
    masters = mastersOf(cluster, buckets)
    const groups = [...Map.groupBy(buckets, (_, index) => masters[index] ?? '')]
    const nodes = await Promise.all(groups.map(([name]) => nodeOf(cluster, name)))
    if (isOver) throw new Error(hasEnded)
    lines = groups.map(([, held], index) =>
      openLine(
        nodes[index] as LineNode,
        held.map(({ changes }) => changes),
        hear,
      ),
    )
    for (const line of lines) void line.ended.then(end)
    await Promise.all(lines.map(({ opened }) => opened))
  }
  const lineOf = (bucket: Bucket) => {
    const master = masters[buckets.indexOf(bucket)]
    return lines[[...new Set(masters)].indexOf(master ?? '')]
  }
  const broken = ended.then((reason) => {
    throw reason ?? new Error(hasEnded)
  })
  const opened = Promise.race([open(), broken])
  opened.catch(end)
  return {
    opened,
    ended,
    beat: async () => {
      await Promise.all([ask(beats++), ...lines.map((line) => line.beat())])
      const now = mastersOf(cluster, buckets)
      if (now.some((master, index) => master !== masters[index]))
        end(new Error('Another node of the cluster holds some of the installations now.'))
    },
    join: async (bucket, id) => lineOf(bucket)?.join(bucket, id),
    leave: (bucket, id) => lineOf(bucket)?.leave(bucket, id),
    end,
  }
}

/** The name of the master of each bucket. */
function mastersOf(cluster: LineCluster, buckets: readonly Bucket[]): string[] {
  return buckets.map(({ ids }) => cluster.masterOf(clusterSlot(/\{(\d+)\}/.exec(ids)?.[1] ?? '')))
}

async function nodeOf(cluster: LineCluster, name: string): Promise<LineNode> {
  const node = await cluster.node(name)
  if (node === undefined) throw new Error(`The cluster has no master ${name || 'for some of its slots'}.`)
  return node
}
