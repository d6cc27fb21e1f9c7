import { randomUUID } from 'node:crypto'
import type { InstallationId } from '@pd/oauth-core'
import type { Bucket } from './buckets.ts'
import { handOverChannel } from './change-message.ts'

/** A subscription to channels, over connections of its own. Once it has ended, it does not come back. */
export interface Line {
  /** Resolves when everything that is published from now on will arrive. Rejects if the line ends before. */
  readonly opened: Promise<void>
  /** Resolves when messages may get lost from now on, to the reason; undefined: `end()` was called without one. Never rejects. */
  readonly ended: Promise<unknown>
  /** Resolves when all that was published before this call has arrived. Rejects when the line ends. Stays pending if nothing arrives any more. */
  beat(): Promise<void>
  /** Resolves when the record of an installation will also arrive, each time it changes. Rejects if Redis refuses that or the line has ended. */
  join(bucket: Bucket, id: InstallationId): Promise<void>
  /** Ends that. */
  leave(bucket: Bucket, id: InstallationId): void
  end(reason?: unknown): void
}

/** One server, as a client reaches it. */
export interface LineNode {
  /** Publishes over the connection on which the client also reads and writes. */
  publish(channel: string, message: string): Promise<unknown>
  /** Opens one more connection to the same server. It tries once and does not reconnect. */
  openSubscriber(listener: SubscriberListener): Subscriber
}

export interface SubscriberListener {
  message(channel: string, message: string): void
  failed(error: unknown): void
  closed(): void
}

export interface Subscriber {
  subscribe(channels: readonly string[]): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  disconnect(): void
}

/** The message of an error. */
export const hasEnded = 'The connection on which Redis reports changes has ended.'

/**
 * Subscribes to channels of one server. A beat is a message that `node` publishes and that comes back over the line, so it
 * proves the whole way: also that `node` and the line are connected to the same server.
 */
export function openLine(node: LineNode, channels: readonly string[], hear: (message: string) => void): Line {
  const { promise: ended, resolve } = Promise.withResolvers<unknown>()
  const beatChannel = `${channels[0]}:${randomUUID()}`
  const beats = new Map<string, PromiseWithResolvers<void>>()
  let beatCount = 0
  let failure: unknown
  let mayLeave = true
  let isOver = false
  const over = (reason?: unknown) => {
    isOver = true
    resolve(reason)
    for (const { reject } of beats.values()) reject(reason ?? new Error(hasEnded))
    beats.clear()
  }
  const subscriber = node.openSubscriber({
    message(channel, message) {
      if (channel !== beatChannel) return hear(message)
      beats.get(message)?.resolve()
      beats.delete(message)
    },
    failed: (error) => (failure = error),
    closed: () => over(new Error(hasEnded, { cause: failure })),
  })
  const end = (reason?: unknown) => {
    over(reason)
    subscriber.disconnect()
  }
  const subscribed = subscriber.subscribe([...channels, beatChannel])
  const broken = ended.then((why) => {
    throw why ?? new Error(hasEnded)
  })
  const opened = Promise.race([subscribed, broken]).then(() => {})
  opened.catch(end)
  subscribed.catch(() => {})
  return {
    opened,
    ended,
    beat: async () => {
      if (isOver) throw new Error(hasEnded)
      const name = String(++beatCount)
      const beat = Promise.withResolvers<void>()
      beats.set(name, beat)
      node.publish(beatChannel, name).catch(beat.reject)
      await beat.promise
    },
    join: async (bucket, id) => {
      if (isOver) throw new Error(hasEnded)
      if (!mayLeave) throw new Error('The user of Redis lacks the right to unsubscribe.')
      await subscriber.subscribe([handOverChannel(bucket, id)])
    },
    leave: (bucket, id) =>
      void subscriber.unsubscribe(handOverChannel(bucket, id)).catch(() => (mayLeave = false)),
    end,
  }
}
