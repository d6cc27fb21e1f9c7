import { describe, expect, test, vi } from 'vitest'
import { openClusterLine, type LineCluster } from '../src/cluster-line.ts'
import { clusterSlot } from '../src/cluster-slot.ts'
import { keysUnder } from '../src/buckets.ts'
import { hasEnded, openLine, type LineNode, type SubscriberListener } from '../src/line.ts'
import type { RedisCommands } from '../src/redis-commands.ts'

const { buckets } = keysUnder('pd')
const [bucket] = buckets
if (bucket === undefined) throw new Error('There is no bucket.')
const channels = ['pd:one', 'pd:two']

/** A server of which the test decides what it answers, and when. */
function createNode() {
  let listener: SubscriberListener | undefined
  const subscriber = {
    subscribe: vi.fn<(channels: readonly string[]) => Promise<unknown>>(async () => {}),
    unsubscribe: vi.fn<(channel: string) => Promise<unknown>>(async () => {}),
    disconnect: vi.fn(),
  }
  const node = {
    publish: vi.fn<(channel: string, message: string) => Promise<unknown>>(async () => 1),
    openSubscriber: vi.fn((given: SubscriberListener) => {
      listener = given
      return subscriber
    }),
  } satisfies LineNode
  return {
    ...node,
    subscriber,
    tell: () => listener!,
    /** Delivers what was published last. */
    deliver: () => listener!.message(...node.publish.mock.lastCall!),
  }
}

function createLine(node = createNode()) {
  const heard: string[] = []
  const line = openLine(node, channels, (message) => heard.push(message))
  return { node, line, heard }
}

/** What a promise has come to by now. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  return Promise.race([
    promise.then(
      () => 'resolved',
      () => 'rejected',
    ),
    new Promise<string>((resolve) => setImmediate(() => resolve('pending'))),
  ])
}

describe('a line', () => {
  test('subscribes once, to its channels and to one of its own for beats', async () => {
    const { node, line } = createLine()
    await expect(line.opened).resolves.toBeUndefined()
    expect(node.openSubscriber).toHaveBeenCalledOnce()
    expect(node.subscriber.subscribe).toHaveBeenCalledExactlyOnceWith([
      ...channels,
      expect.stringMatching(/^pd:one:./),
    ])
  })

  test('tells every message but its beats', async () => {
    const { node, line, heard } = createLine()
    await line.opened
    const beat = line.beat()
    expect(await stateOf(beat)).toBe('pending')
    node.tell().message('pd:one', 'news')
    node.deliver()
    node.tell().message('pd:two', 'more')
    await beat
    expect(heard).toEqual(['news', 'more'])
  })

  test('answers each beat with its own message', async () => {
    const { node, line } = createLine()
    await line.opened
    const first = line.beat()
    const second = line.beat()
    node.deliver()
    await second
    expect(await stateOf(first)).toBe('pending')
    node.tell().message(...node.publish.mock.calls[0]!)
    await first
    // A message that comes twice, or that nobody waits for, does nothing.
    node.deliver()
    node.tell().message(node.publish.mock.lastCall![0], 'unknown')
    expect(await stateOf(line.ended)).toBe('pending')
  })

  test('fails a beat that cannot be published, and lives on', async () => {
    const { node, line } = createLine()
    await line.opened
    const refusal = new Error('NOPERM')
    node.publish.mockRejectedValueOnce(refusal)
    await expect(line.beat()).rejects.toBe(refusal)
    expect(await stateOf(line.ended)).toBe('pending')
    const beat = line.beat()
    node.deliver()
    await beat
  })

  test('ends with the reason that it is given, once for all who wait', async () => {
    const { node, line } = createLine()
    await line.opened
    const beats = [line.beat(), line.beat()]
    const reason = new Error('Enough.')
    line.end(reason)
    for (const beat of beats) await expect(beat).rejects.toBe(reason)
    await expect(line.ended).resolves.toBe(reason)
    expect(node.subscriber.disconnect).toHaveBeenCalled()
    await expect(line.beat()).rejects.toThrow(hasEnded)
    await expect(line.join(bucket, '1:2')).rejects.toThrow(hasEnded)
    expect(node.subscriber.subscribe).toHaveBeenCalledOnce()
  })

  test('ends without a reason if it is given none', async () => {
    const { line } = createLine()
    await line.opened
    const beat = line.beat()
    line.end()
    await expect(beat).rejects.toThrow(hasEnded)
    await expect(line.ended).resolves.toBeUndefined()
  })

  test('that Redis closes ends with the error of its connection as the cause', async () => {
    const { node, line } = createLine()
    await line.opened
    const failure = new Error('ECONNRESET')
    node.tell().failed(failure)
    expect(await stateOf(line.ended)).toBe('pending')
    node.tell().closed()
    await expect(line.ended).resolves.toMatchObject({ message: hasEnded, cause: failure })
  })

  test('that is not subscribed never opens, and its connection is closed', async () => {
    const node = createNode()
    const refusal = new Error('NOPERM')
    node.subscriber.subscribe.mockRejectedValueOnce(refusal)
    const { line } = createLine(node)
    await expect(line.opened).rejects.toBe(refusal)
    await expect(line.ended).resolves.toBe(refusal)
    expect(node.subscriber.disconnect).toHaveBeenCalledOnce()
  })

  test('that ends before it is subscribed never opens', async () => {
    const node = createNode()
    node.subscriber.subscribe.mockReturnValueOnce(new Promise(() => {}))
    const { line } = createLine(node)
    expect(await stateOf(line.opened)).toBe('pending')
    line.end()
    await expect(line.opened).rejects.toThrow(hasEnded)
  })

  test('joins the channel of a record, and leaves it', async () => {
    const { node, line } = createLine()
    await line.opened
    await line.join(bucket, '1:2')
    expect(node.subscriber.subscribe).toHaveBeenLastCalledWith([`${bucket.changes}:1:2`])
    line.leave(bucket, '1:2')
    expect(node.subscriber.unsubscribe).toHaveBeenCalledExactlyOnceWith(`${bucket.changes}:1:2`)
    await line.join(bucket, '1:3')
    node.subscriber.unsubscribe.mockRejectedValueOnce(new Error('NOPERM'))
    line.leave(bucket, '1:3')
    await expect.poll(() => line.join(bucket, '1:4').then(() => 'joined', String)).toContain('unsubscribe')
    expect(node.subscriber.subscribe).not.toHaveBeenCalledWith([`${bucket.changes}:1:4`])
  })
})

/** A cluster whose first master holds the lower half of the slots. */
function createCluster({ names = ['a', 'b'] }: { names?: readonly string[] } = {}) {
  const nodes = new Map(names.map((name) => [name, createNode()]))
  const zcount = vi.fn<RedisCommands['zcount']>(async () => 0)
  const masterOf = vi.fn((slot: number): string => (slot < 8_192 ? 'a' : 'b'))
  const cluster = {
    commands: { zcount },
    masterOf,
    node: (name) => nodes.get(name),
  } satisfies LineCluster
  const heard: string[] = []
  const open = () => openClusterLine(cluster, buckets, (message) => heard.push(message))
  const answerBeats = async (beat: Promise<void>) => {
    await expect
      .poll(() => [...nodes.values()].every(({ publish }) => publish.mock.calls.length > 0))
      .toBe(true)
    for (const node of nodes.values()) node.deliver()
    return beat
  }
  return { nodes, zcount, masterOf, heard, open, answerBeats, node: (name: string) => nodes.get(name)! }
}

const isOfA = (tag: string) => clusterSlot(/\{(\d+)\}/.exec(tag)![1]!) < 8_192

describe('a line of a cluster', () => {
  test('hears of each bucket from the master that holds it', async () => {
    const { open, node, zcount, heard } = createCluster()
    const line = open()
    await expect(line.opened).resolves.toBeUndefined()
    expect(zcount).toHaveBeenCalledExactlyOnceWith(buckets[0]!.ids, '-inf', '+inf')
    const subscribed = (name: string) =>
      node(name).subscriber.subscribe.mock.lastCall![0].filter((channel) => channel.endsWith('changes'))
    const all = buckets.map(({ changes }) => changes)
    expect(subscribed('a')).toEqual(all.filter(isOfA))
    expect(subscribed('b')).toEqual(all.filter((channel) => !isOfA(channel)))
    node('a').tell().message('', 'from a')
    node('b').tell().message('', 'from b')
    expect(heard).toEqual(['from a', 'from b'])
    line.end()
  })

  test('is open once every connection is', async () => {
    const { open, node } = createCluster()
    const subscribed = Promise.withResolvers<void>()
    node('b').subscriber.subscribe.mockReturnValueOnce(subscribed.promise)
    const line = open()
    await expect.poll(() => node('b').subscriber.subscribe.mock.calls.length).toBe(1)
    expect(await stateOf(line.opened)).toBe('pending')
    subscribed.resolve()
    await line.opened
    line.end()
  })

  test('joins and leaves the channel of a record at the master that holds its bucket', async () => {
    const { open, node } = createCluster()
    const line = open()
    await line.opened
    for (const one of [buckets[0]!, buckets.at(-1)!]) {
      const holder = node(isOfA(one.changes) ? 'a' : 'b').subscriber
      const other = node(isOfA(one.changes) ? 'b' : 'a').subscriber
      await line.join(one, '1:2')
      line.leave(one, '1:2')
      expect(holder.subscribe).toHaveBeenLastCalledWith([`${one.changes}:1:2`])
      expect(holder.unsubscribe).toHaveBeenLastCalledWith(`${one.changes}:1:2`)
      expect(other.subscribe).not.toHaveBeenCalledWith([`${one.changes}:1:2`])
      expect(other.unsubscribe).not.toHaveBeenCalledWith(`${one.changes}:1:2`)
    }
    line.end()
  })

  test('beats at every master, and asks for one bucket after another', async () => {
    const { open, zcount, answerBeats, nodes } = createCluster()
    const line = open()
    await line.opened
    zcount.mockClear()
    for (let count = 0; count < buckets.length + 2; count++) await answerBeats(line.beat())
    for (const { publish } of nodes.values()) expect(publish).toHaveBeenCalledTimes(buckets.length + 2)
    expect(zcount.mock.calls.map(([key]) => key)).toEqual(
      [...buckets, ...buckets.slice(0, 2)].map(({ ids }) => ids),
    )
    expect(await stateOf(line.ended)).toBe('pending')
    line.end()
  })

  test('ends when a bucket has moved', async () => {
    const { open, masterOf, answerBeats, nodes } = createCluster()
    const line = open()
    await line.opened
    const moved = clusterSlot(/\{(\d+)\}/.exec(buckets.at(-1)!.ids)![1]!)
    masterOf.mockImplementation((slot) => (slot < 8_192 || slot === moved ? 'a' : 'b'))
    await answerBeats(line.beat())
    await expect(line.ended).resolves.toMatchObject({ message: expect.stringContaining('Another node') })
    for (const { subscriber } of nodes.values()) expect(subscriber.disconnect).toHaveBeenCalled()
  })

  test('ends with all its connections when one of them does', async () => {
    const { open, node } = createCluster()
    const line = open()
    await line.opened
    const failure = new Error('ECONNRESET')
    node('b').tell().failed(failure)
    node('b').tell().closed()
    await expect(line.ended).resolves.toMatchObject({ message: hasEnded, cause: failure })
    expect(node('a').subscriber.disconnect).toHaveBeenCalled()
    await expect(line.beat()).rejects.toThrow(hasEnded)
  })

  test('never opens if the cluster does not name a master, or does not know it', async () => {
    const without = createCluster({ names: ['a'] })
    const line = without.open()
    await expect(line.opened).rejects.toThrow('The cluster has no master b.')
    await expect(line.ended).resolves.toMatchObject({ message: 'The cluster has no master b.' })
    const unnamed = createCluster()
    unnamed.masterOf.mockReturnValue('')
    await expect(unnamed.open().opened).rejects.toThrow('The cluster has no master for some of its slots.')
  })

  test('never opens if the cluster does not answer, and opens no connection then', async () => {
    const { open, zcount, nodes } = createCluster()
    const refusal = new Error('CLUSTERDOWN')
    zcount.mockRejectedValueOnce(refusal)
    await expect(open().opened).rejects.toBe(refusal)
    for (const { openSubscriber } of nodes.values()) expect(openSubscriber).not.toHaveBeenCalled()
  })

  test('that ends while it opens opens no connection', async () => {
    const { open, nodes } = createCluster()
    const line = open()
    line.end()
    await expect(line.opened).rejects.toThrow(hasEnded)
    await expect(line.ended).resolves.toBeUndefined()
    await stateOf(line.opened)
    for (const { openSubscriber } of nodes.values()) expect(openSubscriber).not.toHaveBeenCalled()
  })
})
