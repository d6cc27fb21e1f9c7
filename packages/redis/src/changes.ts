import type { InstallationId, StoredRecord } from '@pd/oauth-core'
import { inTime, type StoreWatch, type WatchOptions } from '@pd/oauth-core/adapter'
import type { Keys } from './buckets.ts'
import { readChange, type ChangeMessage } from './change-message.ts'
import { hasEnded, type Line } from './line.ts'
import type { Subscriptions } from './redis-connection.ts'

/** Receives a change of a record. Undefined: messages may have been lost. */
type Hear = (change: ChangeMessage | undefined) => void

/** Those who wait for one record, over one line. */
interface Waiting {
  readonly line: Line
  readonly hears: Set<Hear>
  /** Whether the record itself arrives when it changes. */
  isJoined: boolean
}

interface Watch {
  readonly changed: (id: InstallationId, version?: string) => void
  readonly heartbeatMs: number
  readonly heartbeat: () => () => void
  readonly lost: (cause?: unknown) => void
}

/** How long Redis may take to accept the connection and the subscription, in milliseconds. */
const openingMs = 3_000
/** How long the answer to a heartbeat may take, in milliseconds. */
const answerMs = 1_000
/** How often a connection is checked on which callers wait, but no watch stands, in milliseconds. */
const slowHeartbeatMs = 5_000
/** How long a record may come after the message that says that it has changed, in milliseconds. */
const handOverMs = 10
/** How long no connection is opened after one could not be, in milliseconds. Meanwhile, callers poll. */
const pauseMs = 1_000

/**
 * Receives the changes of all records, for those who wait for one record and for watches. It opens a connection when the
 * first of them comes, and checks it for as long as it is open.
 */
export class Changes {
  readonly #subscriptions: Subscriptions
  readonly #keys: Keys
  readonly #idleMs: number
  readonly #waiting = new Map<InstallationId, Waiting>()
  readonly #watches = new Set<Watch>()
  #line: Line | undefined
  #failure: { readonly error: unknown; readonly at: number } | undefined
  #heart: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  #isClosed = false
  #forgetEnd: (() => void) | undefined
  readonly #release = () => this.#line?.end()

  /** @param idleMs how long the connection stays open without waiters and watches, in milliseconds. Default: 10 000. */
  constructor(subscriptions: Subscriptions, keys: Keys, idleMs = 10_000) {
    this.#subscriptions = subscriptions
    this.#keys = keys
    this.#idleMs = idleMs
  }

  /**
   * Resolves when the record gets another version than `known`, when messages may have been lost, and when the signal
   * aborts. It calls `read` as soon as messages arrive, and also resolves if that finds another version. Resolves to the
   * record if it was read or has arrived.
   * @throws {Error} if the connection is closed, or if Redis refuses it or the subscription
   */
  async wait(
    id: InstallationId,
    known: string,
    read: () => Promise<StoredRecord | undefined>,
    signal: AbortSignal,
  ): Promise<StoredRecord | undefined> {
    if (signal.aborted) return undefined
    const { promise, resolve, reject } = Promise.withResolvers<StoredRecord | undefined>()
    let wasKnownStored = false
    let late: NodeJS.Timeout | undefined
    const hear: Hear = (change) => {
      if (change?.version === known) return
      // What replaced the known version after that was read in this call was stored during this call. Other messages may be old.
      const isExpected = change?.version !== undefined && wasKnownStored
      if (isExpected && change.handOver?.replaced === known) return resolve(change.handOver.record)
      if (!isExpected || change.handOver !== undefined || this.#waiting.get(id)?.isJoined !== true)
        return resolve(undefined)
      late ??= setTimeout(() => resolve(undefined), handOverMs)
    }
    const leave = () => resolve(undefined)
    signal.addEventListener('abort', leave)
    try {
      const line = this.#open()
      this.#enter(line, id, hear)
      line.opened
        .then(read)
        .then((record) => {
          if (record?.version !== known) return resolve(record)
          wasKnownStored = true
        })
        .catch(reject)
      return await promise
    } finally {
      clearTimeout(late)
      signal.removeEventListener('abort', leave)
      this.#leave(id, hear)
    }
  }

  /**
   * Calls `changed` for every change from when it resolves until `lost` resolves.
   * @throws {Error} if the connection is closed, if Redis refuses it or the subscription, or if no message comes back
   */
  async watch(
    changed: Watch['changed'],
    { heartbeatMs, heartbeat = () => () => {} }: WatchOptions,
  ): Promise<StoreWatch> {
    const line = this.#open()
    const { promise: lost, resolve } = Promise.withResolvers<unknown>()
    const watch: Watch = { changed, heartbeatMs, heartbeat, lost: resolve }
    try {
      await line.opened
      if (line !== this.#line) throw new Error(hasEnded)
      this.#watches.add(watch)
      clearTimeout(this.#idle)
      await this.#check(line)
    } catch (error) {
      this.#watches.delete(watch)
      this.#closeWhenIdle()
      // The application has closed its client meanwhile: that is no failure.
      if (this.#isOver() && (await line.ended) === undefined)
        return { lost: line.ended, close: async () => {} }
      throw error
    }
    const close = async () => {
      this.#watches.delete(watch)
      watch.lost()
      this.#closeWhenIdle()
    }
    return { lost, close }
  }

  /** Closes the connection for good. Everybody who waits returns, every watch is lost, and later calls throw. */
  close(): void {
    this.#isClosed = true
    this.#release()
  }

  /** Returns the connection. Opens it if it is not open. */
  #open(): Line {
    if (this.#isOver()) throw new Error('The connection to Redis is closed, so no changes can be received.')
    clearTimeout(this.#idle)
    if (this.#line !== undefined) return this.#line
    if (this.#failure !== undefined && performance.now() < this.#failure.at + pauseMs)
      throw this.#failure.error
    const line = this.#newLine()
    this.#line = line
    this.#forgetEnd = this.#subscriptions.onEnd(this.#release)
    let isOpen = false
    line.opened.then(
      () => {
        isOpen = true
        this.#beatLater(line)
      },
      (error: unknown) => {
        this.#failure = { error, at: performance.now() }
        line.end(error)
      },
    )
    void line.ended.then((reason) => this.#ended(isOpen, reason))
    return line
  }

  #isOver(): boolean {
    return this.#isClosed || this.#subscriptions.isOver()
  }

  #newLine(): Line {
    const hear = (message: string) => this.#tell(message)
    const line = this.#subscriptions.open(this.#keys.buckets, hear)
    return { ...line, opened: inTime(line.opened, openingMs, () => unanswered(openingMs)) }
  }

  #tell(message: string): void {
    const change = readChange(message)
    for (const hear of this.#waiting.get(change.id)?.hears ?? []) hear(change)
    // The watches have been told by the message to everybody.
    if (change.handOver !== undefined) return
    for (const { changed } of this.#watches) changed(change.id, change.version)
  }

  /** Checks that messages arrive, and ends the line if they do not. Then the next check begins one heartbeat later. */
  async #check(line: Line): Promise<void> {
    const returns = [...this.#watches].map(({ heartbeat }) => heartbeat())
    try {
      await inTime(line.beat(), answerMs, () => unanswered(answerMs))
    } catch (error) {
      line.end(error)
      throw error
    }
    for (const hasReturned of returns) hasReturned()
    this.#beatLater(line)
  }

  #beatLater(line: Line): void {
    if (line !== this.#line) return
    clearTimeout(this.#heart)
    const heartbeats = [...this.#watches].map(({ heartbeatMs }) => heartbeatMs)
    const everyMs = Math.min(slowHeartbeatMs, ...heartbeats)
    this.#heart = setTimeout(() => void this.#check(line).catch(() => {}), everyMs).unref()
  }

  #enter(line: Line, id: InstallationId, hear: Hear): void {
    const others = this.#waiting.get(id)
    if (others?.line === line) return void others.hears.add(hear)
    const waiting: Waiting = { line, hears: new Set([hear]), isJoined: false }
    this.#waiting.set(id, waiting)
    // If it is refused, those who wait read the record.
    void this.#join(id, waiting).catch(() => {})
  }

  async #join(id: InstallationId, waiting: Waiting): Promise<void> {
    const bucket = this.#keys.bucketOf(id)
    await waiting.line.opened
    await waiting.line.join(bucket, id)
    waiting.isJoined = true
    if (!this.#waiting.has(id)) waiting.line.leave(bucket, id)
  }

  #leave(id: InstallationId, hear: Hear): void {
    const waiting = this.#waiting.get(id)
    waiting?.hears.delete(hear)
    if (waiting?.hears.size === 0) {
      this.#waiting.delete(id)
      if (waiting.isJoined) waiting.line.leave(this.#keys.bucketOf(id), id)
    }
    this.#closeWhenIdle()
  }

  #closeWhenIdle(): void {
    clearTimeout(this.#idle)
    if (this.#waiting.size === 0 && this.#watches.size === 0)
      this.#idle = setTimeout(this.#release, this.#idleMs).unref()
  }

  #ended(wasOpen: boolean, reason: unknown): void {
    clearTimeout(this.#heart)
    clearTimeout(this.#idle)
    this.#forgetEnd?.()
    this.#line = undefined
    for (const { lost } of this.#watches) lost(reason)
    this.#watches.clear()
    // Those who wait for a connection that could not be opened get its error.
    if (wasOpen) for (const { hears } of this.#waiting.values()) for (const hear of hears) hear(undefined)
  }
}

function unanswered(ms: number): Error {
  return new Error(`Redis did not answer within ${ms} ms.`)
}
