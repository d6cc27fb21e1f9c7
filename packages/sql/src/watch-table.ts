import { ConfigurationError, StoreError, type InstallationId } from '@pd/oauth-core'
import { inTime, type StoreWatch, type WatchOptions } from '@pd/oauth-core/adapter'
import type { SqlListen, SqlRow, SqlValue } from './sql-driver.ts'
import { marking } from './notify-mark.ts'
import type { Statements } from './statements.ts'
import type { Table } from './table.ts'

/** How long the listening connection may take to open, in milliseconds. */
const openingMs = 3_000
/** How long a heartbeat may take to come back, in milliseconds. */
const answerMs = 1_000

interface Watched {
  readonly all: (sql: string, params?: SqlValue[]) => Promise<readonly SqlRow[]>
  readonly listen: SqlListen
  readonly table: Table
  readonly statements: Statements
}

/**
 * Watches a table over a connection of its own. A heartbeat is a notification that is sent over the pool and comes back over
 * this connection, so it proves the whole way: also that both lead to the same database, and that no pooler in between keeps
 * notifications back.
 * @throws {ConfigurationError} `invalid_configuration`, if the comment of the table does not say that writes notify
 * @throws {StoreError} `store_unavailable`, if the connection cannot be opened or the first heartbeat does not come back
 */
export async function watchTable(
  { all, listen, table, statements: { channel, notify } }: Watched,
  changed: (id: InstallationId, version?: string) => void,
  { heartbeatMs, heartbeat }: WatchOptions,
): Promise<StoreWatch> {
  const name = `beat-${crypto.randomUUID()}`
  const beats = new Map<string, () => void>()
  const { promise: lost, resolve: end } = Promise.withResolvers<unknown>()
  let isOver = false
  let beatCount = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  const hear = (payload: string) => {
    if (isOver) return
    beats.get(payload)?.()
    if (payload.startsWith('beat-')) return
    const [id = ''] = payload.split(' ', 1)
    const version = payload.slice(id.length + 1)
    changed(id as InstallationId, version === '' ? undefined : version)
  }
  const [row] = await all(channel)
  const missing = marking(table, row?.['comment'])
  if (missing !== undefined)
    throw new ConfigurationError([
      `Writes to the table ${table.quoted} do not notify those who watch. Call createTable() of the store as its owner, or ` +
        `run: ${missing}`,
    ])
  const givenUp = new AbortController()
  const opening = listen(String(row?.['channel']), hear, givenUp.signal)
  const listener = await inTime(opening, openingMs, () => unavailable(unopened)).catch((error: unknown) => {
    givenUp.abort()
    opening.then((late) => late.close()).catch(() => {})
    throw error
  })
  let endBeat = (_cause: unknown) => {}
  const over = (cause?: unknown) => {
    if (isOver) return
    isOver = true
    endBeat(cause ?? unavailable(cut))
    clearTimeout(timer)
    end(listener.isOver?.() ? undefined : cause)
    listener.close()
  }
  const close = async () => over()
  void listener.ended.then((cause) => over(cause ?? unavailable(cut)))
  const beat = async () => {
    const { promise: back, resolve, reject } = Promise.withResolvers<void>()
    endBeat = reject
    const text = `${name}-${++beatCount}`
    beats.set(text, resolve)
    const hasReturned = heartbeat?.()
    try {
      await inTime(Promise.all([all(notify, [text]), back]), answerMs, () => unavailable(unheard))
    } catch (error) {
      over(error)
      throw error
    } finally {
      beats.delete(text)
    }
    hasReturned?.()
    if (!isOver) timer = setTimeout(() => void beat().catch(() => {}), heartbeatMs)
    // Node would stay alive for it.
    Object(timer).unref?.()
  }
  await beat().catch((error: unknown) => {
    if (!listener.isOver?.()) throw error
  })
  if (isOver && !listener.isOver?.()) throw unavailable(cut)
  return { lost, close }
}

const unopened = `The connection of listen() did not open within ${openingMs} ms.`
const cut = 'The connection of listen() has ended.'
const unheard =
  `A notification did not come back over the connection of listen() within ${answerMs} ms. It must lead directly to the ` +
  'database of the pool: PgBouncer in transaction mode keeps notifications back.'

function unavailable(message: string): StoreError {
  return new StoreError('store_unavailable', message)
}
