import { randomUUID } from 'node:crypto'
import type { RedisNode } from './redis-client.ts'

/** A subscription to channels, over connections of its own. Once it has ended, it does not come back. */
export interface Line {
  /** Resolves when everything that is published from now on will arrive. Rejects if the line ends before. */
  readonly opened: Promise<void>
  /** Resolves when messages may get lost from now on. Never rejects. */
  readonly ended: Promise<void>
  /** Resolves when all that was published before this call has arrived. Stays pending if nothing arrives any more. */
  beat(): Promise<void>
  end(): void
}

/** Options of ioredis: try once, without waiting for anything but the subscription. */
const tryOnce = {
  lazyConnect: false,
  enableOfflineQueue: true,
  enableReadyCheck: false,
  autoResubscribe: false,
  maxRetriesPerRequest: null,
  commandTimeout: undefined,
  socketTimeout: undefined,
  reconnectOnError: null,
  retryStrategy: () => null,
}

/**
 * Subscribes to channels of one server. A beat is a message that `node` publishes and that comes back over the line, so it
 * proves the whole way: also that `node` and the line are connected to the same server.
 */
export function openLine(
  node: RedisNode,
  channels: readonly string[],
  hear: (message: string) => void,
): Line {
  const { promise: ended, resolve: toldEnd } = Promise.withResolvers<void>()
  const subscriber = node.duplicate(tryOnce)
  const beatChannel = `${channels[0]}:${randomUUID()}`
  const beats = new Map<string, () => void>()
  let beatCount = 0
  let reason: unknown
  subscriber.on('message', (channel, message) => {
    if (channel !== beatChannel) return hear(message)
    beats.get(message)?.()
    beats.delete(message)
  })
  subscriber.on('error', (error) => (reason = error))
  subscriber.on('close', () => toldEnd())
  const end = () => {
    toldEnd()
    subscriber.disconnect()
  }
  const subscribed = subscriber.subscribe(...channels, beatChannel)
  const broken = ended.then(() => {
    throw new Error('The connection on which Redis reports changes has ended.', { cause: reason })
  })
  const opened = Promise.race([subscribed, broken]).then(() => {})
  opened.catch(end)
  subscribed.catch(() => {})
  return {
    opened,
    ended,
    beat: () =>
      new Promise((resolve, reject) => {
        const name = String(++beatCount)
        beats.set(name, resolve)
        node.publish(beatChannel, name).catch(reject)
      }),
    end,
  }
}
