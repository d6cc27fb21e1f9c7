import { subscriberOf, type RedisClient, type RedisSubscriber } from './redis-client.ts'

/** Takes what was published; undefined when something may have been missed. */
type Hear = (news: string | undefined) => unknown

/** A channel that somebody waits on. */
interface Channel {
  /** Resolves when Redis has confirmed the subscription. */
  readonly subscribed: Promise<unknown>
  readonly waiters: Set<Hear>
}

/**
 * Hears of changes over one connection of its own, which is opened when somebody first waits. A channel is subscribed
 * to as long as somebody waits on it.
 */
export class Changes {
  readonly #redis: RedisClient
  readonly #idleMs: number
  readonly #channels = new Map<string, Channel>()
  #subscriber: RedisSubscriber | undefined
  #idle: NodeJS.Timeout | undefined
  #isClosed = false
  readonly #release = () => this.#disconnect()

  /** @param idleMs after so long without waiters, in milliseconds, the connection is given back. */
  constructor(redis: RedisClient, idleMs = 10_000) {
    this.#redis = redis
    this.#idleMs = idleMs
  }

  /**
   * Resolves at news other than `known`, at the signal, when news may have been missed, and when `isOutdated`, which is
   * asked once the subscription stands, says so.
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

  /** Gives the connection back for good; from now on there is nothing to hear. Whoever waits is let go. */
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
      throw new Error('The connection to Redis is closed: there is nothing to hear.')
    if (this.#subscriber !== undefined) return this.#subscriber
    const subscriber = subscriberOf(this.#redis)
    let isInterrupted = false
    subscriber.on('message', (name, news) => this.#tell(this.#channels.get(name), news))
    // Nothing to be done: it reconnects by itself, and whoever waits polls slowly beside it.
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
