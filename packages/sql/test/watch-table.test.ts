import { ConfigurationError, StoreError } from '@pd/oauth-core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { SqlListener, SqlRow, SqlValue } from '../src/sql-driver.ts'
import { notifyMark, statementsFor } from '../src/statements.ts'
import { tableOf } from '../src/table.ts'
import { watchTable } from '../src/watch-table.ts'

const table = tableOf('app.installations', 'postgresql')
const statements = statementsFor(table, 'postgresql', true)

/** Time-outs wait a few turns longer, for answers that have already arrived. */
const patienceMs = 20

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A database of which the test decides what its connections deliver. */
function createDatabase({
  comment = notifyMark as unknown,
  isOver,
  beats: hasBeats = true,
  onReturn = () => {},
}: { comment?: unknown; isOver?: () => boolean; beats?: boolean; onReturn?: () => void } = {}) {
  const ended = Promise.withResolvers<unknown>()
  const opening = Promise.withResolvers<SqlListener>()
  const listener = { ended: ended.promise, close: vi.fn(), ...(isOver && { isOver }) }
  let hear = (_payload: string) => {}
  let returns = true
  const all = vi.fn(async (sql: string, params: SqlValue[] = []): Promise<readonly SqlRow[]> => {
    if (sql === statements.channel) return [{ comment, channel: 'pd_oauth_7' }]
    if (returns) hear(String(params[0]))
    return []
  })
  const listen = vi.fn((_channel: string, given: (payload: string) => void, _signal: AbortSignal) => {
    hear = given
    return opening.promise
  })
  const heard: (readonly [id: string, version: string | undefined])[] = []
  const beats: boolean[] = []
  const heartbeat = () => {
    const index = beats.push(false) - 1
    return () => {
      beats[index] = true
      onReturn()
    }
  }
  const watch = () =>
    watchTable({ all, listen, table, statements }, (id, version) => heard.push([id, version]), {
      heartbeatMs: 100,
      ...(hasBeats && { heartbeat }),
    })
  return {
    watch,
    /** Resolves to a watch that stands. */
    async stand() {
      opening.resolve(listener)
      return watch()
    },
    all,
    listen,
    listener,
    opening,
    ended,
    heard,
    beats,
    say: (payload: string) => hear(payload),
    keepBack: () => (returns = false),
    sent: () => all.mock.calls.filter(([sql]) => sql === statements.notify).map(([, params]) => params?.[0]),
  }
}

test('a watch listens on the channel of its table, and stands once its first heartbeat has returned', async () => {
  const { stand, listen, sent, beats } = createDatabase()
  await stand()
  expect(listen).toHaveBeenCalledExactlyOnceWith('pd_oauth_7', expect.any(Function), expect.any(AbortSignal))
  expect(sent()).toEqual([expect.stringMatching(/^beat-[0-9a-f-]{36}-1$/)])
  expect(beats).toEqual([true])
})

test('a watch tells ids with and without their version, and no heartbeat of any process', async () => {
  const { stand, heard, say } = createDatabase()
  await stand()
  for (const payload of ['1:2 a1', '1:3', '1:4 with blanks', 'beat-other-1']) say(payload)
  expect(heard).toEqual([
    ['1:2', 'a1'],
    ['1:3', undefined],
    ['1:4', 'with blanks'],
  ])
})

test('a watch beats again and again, and each heartbeat has its own text', async () => {
  const { stand, sent, beats } = createDatabase()
  await stand()
  await vi.advanceTimersByTimeAsync(99)
  expect(sent()).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(sent()).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(100)
  expect(new Set(sent()).size).toBe(3)
  expect(beats).toEqual([true, true, true])
})

describe('a watch that stands is lost', () => {
  test('when its connection ends, to the error that ended it, and hears nothing more', async () => {
    const { stand, ended, listener, say, heard, sent } = createDatabase()
    const watch = await stand()
    const failure = new Error('ECONNRESET')
    ended.resolve(failure)
    expect(await watch.lost).toBe(failure)
    expect(listener.close).toHaveBeenCalledOnce()
    say('1:2 a1')
    expect(heard).toEqual([])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(sent()).toHaveLength(1)
  })

  test('when its connection ends without an error', async () => {
    const { stand, ended } = createDatabase()
    const watch = await stand()
    ended.resolve(undefined)
    expect(await watch.lost).toMatchObject({ message: 'The connection of listen() has ended.' })
  })

  test('to nothing when the application has closed its pool', async () => {
    const { stand, ended } = createDatabase({ isOver: () => true })
    const watch = await stand()
    ended.resolve(new Error('ECONNRESET'))
    expect(await watch.lost).toBeUndefined()
  })

  test('when a heartbeat does not return within a second', async () => {
    const { stand, keepBack, listener, beats, sent } = createDatabase()
    const watch = await stand()
    keepBack()
    await vi.advanceTimersByTimeAsync(100 + 999)
    expect(listener.close).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1 + patienceMs)
    expect(await watch.lost).toBeInstanceOf(StoreError)
    expect(await watch.lost).toMatchObject({ message: expect.stringContaining('did not come back') })
    expect(listener.close).toHaveBeenCalledOnce()
    expect(beats).toEqual([true, false])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(sent()).toHaveLength(2)
  })

  test('when a heartbeat cannot be sent', async () => {
    const { stand, all, keepBack } = createDatabase()
    const watch = await stand()
    keepBack()
    const failure = new Error('too many connections')
    all.mockRejectedValueOnce(failure)
    await vi.advanceTimersByTimeAsync(100)
    expect(await watch.lost).toBe(failure)
  })

  test('when it is closed, to nothing, and is closed once', async () => {
    const { stand, listener, ended, sent } = createDatabase()
    const watch = await stand()
    await watch.close()
    await watch.close()
    ended.resolve(new Error('late'))
    expect(await watch.lost).toBeUndefined()
    expect(listener.close).toHaveBeenCalledOnce()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(sent()).toHaveLength(1)
  })

  test('when it is closed during a heartbeat, which then ends', async () => {
    const { stand, keepBack, beats } = createDatabase()
    const watch = await stand()
    keepBack()
    await vi.advanceTimersByTimeAsync(100)
    await watch.close()
    await vi.advanceTimersByTimeAsync(0)
    expect(vi.getTimerCount()).toBe(0)
    expect(beats).toEqual([true, false])
  })
})

describe('a watch does not stand', () => {
  test.each([null, 'installations of Pipedrive', 7])(
    'where the comment of the table is %j',
    async (comment) => {
      const { stand, listen } = createDatabase({ comment })
      const refused = await stand().catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(ConfigurationError)
      expect(String(refused)).toContain('COMMENT ON TABLE "app"."installations" IS')
      expect(listen).not.toHaveBeenCalled()
    },
  )

  test('where the connection does not open within three seconds; one that opens later is closed', async () => {
    const { watch, opening, listener, listen } = createDatabase()
    const refused = watch().catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(2_999)
    const signal = listen.mock.lastCall![2]
    expect(signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1 + patienceMs)
    expect(await refused).toBeInstanceOf(StoreError)
    expect(String(await refused)).toContain('did not open within 3000 ms')
    expect(signal.aborted).toBe(true)
    opening.resolve(listener)
    await vi.advanceTimersByTimeAsync(0)
    expect(listener.close).toHaveBeenCalledOnce()
  })

  test('where the connection cannot be opened', async () => {
    const { watch, opening } = createDatabase()
    const failure = new Error('ECONNREFUSED')
    opening.reject(failure)
    await expect(watch()).rejects.toBe(failure)
  })

  test('where the first heartbeat does not return', async () => {
    const { stand, keepBack, listener } = createDatabase()
    keepBack()
    const refused = stand().catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(1_000 + patienceMs)
    expect(String(await refused)).toContain('PgBouncer in transaction mode')
    expect(listener.close).toHaveBeenCalledOnce()
  })

  test('where the connection ends before the first heartbeat returns', async () => {
    const { stand, keepBack, ended } = createDatabase()
    keepBack()
    const failure = new Error('ECONNRESET')
    const refused = stand().catch((error: unknown) => error)
    ended.resolve(failure)
    expect(await refused).toBe(failure)
  })
})

test.each([false, true])(
  'a connection that ends just when the first heartbeat has returned sends no other; the application has ended it: %s',
  async (isOver) => {
    const database = createDatabase({
      isOver: () => isOver,
      onReturn: () => database.ended.resolve(new Error('ECONNRESET')),
    })
    const standing = database.stand()
    if (isOver) expect(await (await standing).lost).toBeUndefined()
    else await expect(standing).rejects.toThrow('The connection of listen() has ended.')
    await vi.advanceTimersByTimeAsync(1_000)
    expect([database.sent().length, database.listener.close.mock.calls.length]).toEqual([1, 1])
  },
)

test('a watch beats also if nobody asks when', async () => {
  const { stand, sent, heard, say } = createDatabase({ beats: false })
  const watch = await stand()
  await vi.advanceTimersByTimeAsync(100)
  say('1:2 v1')
  expect([sent().length, heard]).toEqual([2, [['1:2', 'v1']]])
  await watch.close()
})

test('a watch of an application that has closed its pool meanwhile is lost without an error', async () => {
  const { stand, keepBack, ended } = createDatabase({ isOver: () => true })
  keepBack()
  const standing = stand()
  ended.resolve(new Error('ECONNRESET'))
  const watch = await standing
  expect(await watch.lost).toBeUndefined()
})
