import { subscriberOf, type RedisClient, type RedisSubscriber } from './redis-client.ts'

/** Receives a message, or undefined when messages may have been lost. */
type Hear = (news: string | undefined) => unknown

/** A channel with at least one waiter. */
interface Channel {
  /** Resolves when Redis has confirmed the subscription. */
  readonly subscribed: Promise<unknown>
  readonly waiters: Set<Hear>
}

/**
 * Receives changes over a connection of its own, which it opens for the first waiter. It is subscribed to a channel only
 * while somebody waits on it.
 */
export class Changes {
  readonly #redis: RedisClient
  readonly #idleMs: number
  readonly #channels = new Map<string, Channel>()
  #subscriber: RedisSubscriber | undefined
  #idle: NodeJS.Timeout | undefined
  #isClosed = false
  readonly #release = () => this.#disconnect()

  /** @param idleMs how long the connection stays open without waiters, in milliseconds. Default: 10 000. */
  constructor(redis: RedisClient, idleMs = 10_000) {
    this.#redis = redis
    this.#idleMs = idleMs
  }

  /**
   * Resolves at a message other than `known`, when messages may have been lost, and when the signal aborts. It calls
   * `isOutdated` as soon as the channel is subscribed to, and also resolves if that returns true.
   * @throws {Error} if the connection is closed, or if Redis refuses the subscription
   */
  async wait(
    name: string,
    known: string,
    isOutdated: () => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<void> {
    if (signal.aborted) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const hear: Hear = (news) => news !== known && resolve()
    const leave = () => resolve()
    signal.addEventListener('abort', leave)
    try {
      const channel = this.#join(name, hear)
      channel.subscribed
        .then(isOutdated)
        .then((outdated) => outdated && resolve())
        .catch(reject)
      await promise
    } finally {
      signal.removeEventListener('abort', leave)
      this.#leave(name, hear)
    }
  }

  /** Closes the connection for good. Everybody who waits returns, and later calls of `wait` throw. */
  close(): void {
    this.#isClosed = true
    this.#disconnect()
  }

  #join(name: string, hear: Hear): Channel {
    const subscriber = this.#connection()
    const known = this.#channels.get(name)
    const channel = known ?? { subscribed: subscriber.subscribe(name), waiters: new Set() }
    this.#channels.set(name, channel)
    channel.waiters.add(hear)
    clearTimeout(this.#idle)
    return channel
  }

  #leave(name: string, hear: Hear): void {
    const channel = this.#channels.get(name)
    if (!channel?.waiters.delete(hear) || channel.waiters.size > 0) return
    this.#channels.delete(name)
    this.#subscriber?.unsubscribe(name).catch(() => {})
    if (this.#channels.size === 0) this.#idle = setTimeout(this.#release, this.#idleMs).unref()
  }

  #connection(): RedisSubscriber {
    if (this.#isClosed || this.#redis.status === 'end')
      throw new Error('The connection to Redis is closed, so no changes can be received.')
    if (this.#subscriber !== undefined) return this.#subscriber
    const subscriber = subscriberOf(this.#redis)
    let isInterrupted = false
    subscriber.on('message', (name, news) => this.#tell(this.#channels.get(name), news))
    // The connection comes back by itself, and the waiting clients also poll slowly.
    subscriber.on('error', () => {})
    subscriber.on('close', () => (isInterrupted = true))
    subscriber.on('ready', () => {
      if (isInterrupted) this.#tellAll()
      isInterrupted = false
    })
    this.#redis.once('end', this.#release)
    return (this.#subscriber = subscriber)
  }

  #tell(channel: Channel | undefined, news: string | undefined): void {
    for (const hear of channel?.waiters ?? []) hear(news)
  }

  #tellAll(): void {
    for (const channel of this.#channels.values()) this.#tell(channel, undefined)
  }

  #disconnect(): void {
    clearTimeout(this.#idle)
    this.#redis.off('end', this.#release)
    this.#subscriber?.disconnect()
    this.#subscriber = undefined
    this.#tellAll()
    this.#channels.clear()
  }
}
