import type { InstallationId, StoredRecord } from '@pd/oauth-core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { keysUnder } from '../src/buckets.ts'
import { Changes } from '../src/changes.ts'
import { hasEnded, type Line } from '../src/line.ts'
import { recordText } from '../src/record-text.ts'

const id: InstallationId = '1:2'
const keys = keysUnder('pd')
const bucket = keys.bucketOf(id)
/** Time-outs wait a few turns longer, for answers that have already arrived. */
const patienceMs = 20
const record = (version: string): StoredRecord => ({ version, value: 'sealed' })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A connection of which the test decides what it delivers, and when. */
function createLine() {
  const opened = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<unknown>()
  opened.promise.catch(() => {})
  let beats = async (): Promise<void> => {}
  const line = {
    opened: opened.promise,
    ended: ended.promise,
    beat: vi.fn(() => beats()),
    join: vi.fn<Line['join']>(async () => {}),
    leave: vi.fn<Line['leave']>(),
    end: vi.fn((reason?: unknown) => ended.resolve(reason)),
  } satisfies Line
  return { ...line, line, opening: opened, ending: ended, answerBeats: (by: typeof beats) => (beats = by) }
}

/** Changes over connections that the test opens. */
function createChanges({ idleMs }: { idleMs?: number } = {}) {
  const lines: ReturnType<typeof createLine>[] = []
  let hear = (_message: string) => {}
  let isOver = false
  let onEnd = () => {}
  const forget = vi.fn()
  const changes = new Changes(
    {
      open: (buckets, given) => {
        expect(buckets).toBe(keys.buckets)
        hear = given
        const line = createLine()
        lines.push(line)
        return line.line
      },
      isOver: () => isOver,
      onEnd: (listener) => {
        onEnd = listener
        return forget
      },
    },
    keys,
    idleMs,
  )
  const over = new AbortController()
  const read = vi.fn(async (): Promise<StoredRecord | undefined> => record('a'))
  return {
    changes,
    lines,
    /** The connection that was opened last. */
    line: () => lines.at(-1)!,
    say: (message: string) => hear(message),
    closeClient: () => {
      isOver = true
      onEnd()
    },
    forget,
    over,
    read,
    wait: (known = 'a', signal = over.signal) => changes.wait(id, known, read, signal),
    watch: (changed = vi.fn(), heartbeatMs = 100, heartbeat?: () => () => void) =>
      changes.watch(changed, { heartbeatMs, ...(heartbeat && { heartbeat }) }),
    /** Lets everything run that needs no time. */
    settle: () => vi.advanceTimersByTimeAsync(0),
  }
}

/** The same, with a caller that waits and has read the version that it knows. */
async function createWaiting(options?: { idleMs?: number }) {
  const scene = createChanges(options)
  const waiting = scene.wait()
  scene.line().opening.resolve()
  await scene.settle()
  return { ...scene, waiting }
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const settled = promise.then(
    () => true,
    () => true,
  )
  await vi.advanceTimersByTimeAsync(0)
  return (await Promise.race([settled, Promise.resolve(false)])) === false
}

describe('a caller that waits for a record', () => {
  test('gets what replaced the known one, once it has seen that one stored', async () => {
    const { line, read, say, waiting } = await createWaiting()
    expect(read).toHaveBeenCalledOnce()
    expect(line().join).toHaveBeenCalledExactlyOnceWith(bucket, id)
    say(`${id} a ${recordText(record('b'))}`)
    expect(await waiting).toEqual(record('b'))
    expect(line().leave).toHaveBeenCalledExactlyOnceWith(bucket, id)
  })

  test('gets what is stored if that is another one already', async () => {
    const { line, read, wait } = createChanges()
    read.mockResolvedValueOnce(record('z'))
    const waiting = wait()
    line().opening.resolve()
    expect(await waiting).toEqual(record('z'))
  })

  test('gets nothing, and reads, if there is no record any more', async () => {
    const { line, read, wait } = createChanges()
    read.mockResolvedValueOnce(undefined)
    const waiting = wait()
    line().opening.resolve()
    expect(await waiting).toBeUndefined()
  })

  test.each<[string, string]>([
    ['that the record is gone', `${id} `],
    ['of a record that replaced another one', `${id} 0 ${recordText(record('b'))}`],
  ])('reads after a message %s', async (_, message) => {
    const { say, waiting } = await createWaiting()
    say(message)
    expect(await waiting).toBeUndefined()
  })

  test('reads after a message that may be older than what it has read', async () => {
    const { line, read, say, settle, wait } = createChanges()
    read.mockReturnValueOnce(new Promise(() => {}))
    const waiting = wait()
    line().opening.resolve()
    await settle()
    say(`${id} a ${recordText(record('b'))}`)
    expect(await waiting).toBeUndefined()
  })

  test('is not disturbed by messages of its own version or of other records', async () => {
    const { say, waiting } = await createWaiting()
    say(`${id} a`)
    say('1:3 b')
    await vi.advanceTimersByTimeAsync(100)
    expect(await isPending(waiting)).toBe(true)
    say(`${id} `)
    await waiting
  })

  test('gives the record 10 ms after the message that says that it has changed', async () => {
    const { say, waiting } = await createWaiting()
    say(`${id} b`)
    await vi.advanceTimersByTimeAsync(9)
    say(`${id} c`)
    expect(await isPending(waiting)).toBe(true)
    await vi.advanceTimersByTimeAsync(1)
    expect(await waiting).toBeUndefined()
  })

  test('takes the record that comes within that time', async () => {
    const { say, waiting } = await createWaiting()
    say(`${id} b`)
    await vi.advanceTimersByTimeAsync(9)
    say(`${id} a ${recordText(record('b'))}`)
    expect(await waiting).toEqual(record('b'))
    // The next heartbeat, and the end of the idle connection.
    expect(vi.getTimerCount()).toBe(2)
  })

  test('waits for no record where the channel of the record could not be joined', async () => {
    const { line, say, settle, wait } = createChanges()
    const waiting = wait()
    line().join.mockRejectedValueOnce(new Error('NOPERM'))
    line().opening.resolve()
    await settle()
    say(`${id} b`)
    await settle()
    expect(await waiting).toBeUndefined()
    expect(line().leave).not.toHaveBeenCalled()
  })

  test('may leave at any time, also before the channel is joined', async () => {
    const { line, over, settle, wait } = createChanges()
    const waiting = wait()
    over.abort()
    expect(await waiting).toBeUndefined()
    line().opening.resolve()
    await settle()
    expect(line().leave).toHaveBeenCalledExactlyOnceWith(bucket, id)
    expect(await wait('a', AbortSignal.abort())).toBeUndefined()
  })

  test('shares its channel with others, until the last one has left', async () => {
    const { line, over, settle, wait } = createChanges()
    const leaving = new AbortController()
    const first = wait('a', leaving.signal)
    const second = wait()
    line().opening.resolve()
    await settle()
    expect(line().join).toHaveBeenCalledOnce()
    leaving.abort()
    await first
    expect(line().leave).not.toHaveBeenCalled()
    over.abort()
    await second
    expect(line().leave).toHaveBeenCalledOnce()
  })

  test('fails with what its read fails with', async () => {
    const { line, read, wait } = createChanges()
    const failure = new Error('ECONNRESET')
    read.mockRejectedValueOnce(failure)
    const waiting = wait()
    line().opening.resolve()
    await expect(waiting).rejects.toBe(failure)
  })

  test('reads when a connection that stood has ended, and the next one opens another', async () => {
    const { forget, line, lines, settle, wait, waiting } = await createWaiting()
    line().ending.resolve(new Error('ECONNRESET'))
    expect(await waiting).toBeUndefined()
    expect(forget).toHaveBeenCalledOnce()
    const next = wait()
    expect(lines).toHaveLength(2)
    line().opening.resolve()
    await settle()
    expect(line().join).toHaveBeenCalledOnce()
    line().ending.resolve(undefined)
    await next
  })
})

describe('a connection that cannot be opened', () => {
  test('fails those who wait for it, and later ones for a second, and then is tried again', async () => {
    const { line, lines, wait } = createChanges()
    const refusal = new Error('NOPERM')
    const waiting = wait()
    line().opening.reject(refusal)
    await expect(waiting).rejects.toBe(refusal)
    expect(line().end).toHaveBeenCalledWith(refusal)
    await vi.advanceTimersByTimeAsync(999)
    await expect(wait()).rejects.toBe(refusal)
    expect(lines).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    const again = wait()
    expect(lines).toHaveLength(2)
    line().ending.resolve(undefined)
    line().opening.reject(refusal)
    await expect(again).rejects.toBe(refusal)
  })

  test('is given up after three seconds', async () => {
    const { line, wait } = createChanges()
    const waiting = wait().catch(String)
    await vi.advanceTimersByTimeAsync(2_999)
    expect(line().end).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1 + patienceMs)
    expect(await waiting).toContain('did not answer within 3000 ms')
    expect(line().end).toHaveBeenCalledOnce()
  })
})

describe('a watch', () => {
  test('stands after its first heartbeat, and tells every change once', async () => {
    const { line, say, settle, watch } = createChanges()
    const changed = vi.fn()
    const standing = watch(changed)
    await settle()
    expect(line().beat).not.toHaveBeenCalled()
    line().opening.resolve()
    await standing
    expect(line().beat).toHaveBeenCalledOnce()
    say(`${id} b`)
    say(`${id} a ${recordText(record('b'))}`)
    say('1:3 ')
    expect(changed.mock.calls).toEqual([
      [id, 'b'],
      ['1:3', undefined],
    ])
  })

  test('beats as often as the one that wants it most, and says when a beat has returned', async () => {
    const { line, watch } = createChanges()
    const returned = vi.fn()
    const first = watch(vi.fn(), 1_000)
    line().opening.resolve()
    await first
    await watch(vi.fn(), 100, () => returned)
    expect(line().beat).toHaveBeenCalledTimes(2)
    expect(returned).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(99)
    expect(line().beat).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(line().beat).toHaveBeenCalledTimes(3)
    expect(returned).toHaveBeenCalledTimes(2)
  })

  test('is lost when a heartbeat does not return within a second', async () => {
    const { line, watch } = createChanges()
    const returned = vi.fn()
    const standing = watch(vi.fn(), 100, () => returned)
    line().opening.resolve()
    const { lost } = await standing
    line().answerBeats(() => new Promise(() => {}))
    await vi.advanceTimersByTimeAsync(100 + 999)
    expect(line().end).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1 + patienceMs)
    expect(String(await lost)).toContain('did not answer within 1000 ms')
    expect(returned).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(line().beat).toHaveBeenCalledTimes(2)
  })

  test('is lost when its connection ends, to the reason', async () => {
    const { line, say, watch } = createChanges()
    const changed = vi.fn()
    const standing = watch(changed)
    line().opening.resolve()
    const { lost } = await standing
    const reason = new Error('ECONNRESET')
    line().ending.resolve(reason)
    expect(await lost).toBe(reason)
    say(`${id} b`)
    expect(changed).not.toHaveBeenCalled()
  })

  test('does not stand if its first heartbeat fails, and is told nothing then', async () => {
    const { line, say, watch } = createChanges()
    const changed = vi.fn()
    const failure = new Error('NOPERM')
    const standing = watch(changed)
    line().answerBeats(() => Promise.reject(failure))
    line().opening.resolve()
    await expect(standing).rejects.toBe(failure)
    expect(line().end).toHaveBeenCalledWith(failure)
    say(`${id} b`)
    expect(changed).not.toHaveBeenCalled()
  })

  test('does not stand if its connection ends while it opens', async () => {
    const { line, watch } = createChanges()
    const standing = watch()
    line().ending.resolve(new Error('ECONNRESET'))
    await vi.advanceTimersByTimeAsync(0)
    line().opening.resolve()
    await expect(standing).rejects.toThrow(hasEnded)
  })

  test('that the application closes its client under is lost to nothing, and no failure', async () => {
    const { closeClient, line, watch } = createChanges()
    const standing = watch()
    closeClient()
    expect(line().end).toHaveBeenCalledWith()
    line().opening.reject(new Error(hasEnded))
    const { close, lost } = await standing
    expect(await lost).toBeUndefined()
    await close()
  })

  test('does not stand if its connection failed before the application closed its client', async () => {
    const { closeClient, line, settle, watch } = createChanges()
    const standing = watch()
    line().ending.resolve(new Error('ECONNRESET'))
    await settle()
    closeClient()
    line().opening.resolve()
    await expect(standing).rejects.toThrow(hasEnded)
  })

  test('is told nothing more once it is closed', async () => {
    const { line, say, watch } = createChanges()
    const changed = vi.fn()
    const standing = watch(changed)
    line().opening.resolve()
    const { close, lost } = await standing
    await close()
    expect(await lost).toBeUndefined()
    say(`${id} b`)
    expect(changed).not.toHaveBeenCalled()
  })
})

describe('the connection', () => {
  test('is checked every five seconds while callers wait, and no watch stands', async () => {
    const { line, over, waiting } = await createWaiting()
    await vi.advanceTimersByTimeAsync(4_999)
    expect(line().beat).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(line().beat).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(line().beat).toHaveBeenCalledTimes(2)
    over.abort()
    await waiting
  })

  test('is checked although a check of the one before it ends late', async () => {
    const { lines, line, over, settle, wait, waiting } = await createWaiting()
    const late = Promise.withResolvers<void>()
    line().answerBeats(() => late.promise)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(line().beat).toHaveBeenCalledTimes(1)
    line().ending.resolve(new Error('ECONNRESET'))
    await waiting
    const again = wait()
    line().opening.resolve()
    await settle()
    late.resolve()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(lines.map(({ beat }) => beat.mock.calls.length)).toEqual([1, 1])
    over.abort()
    await again
  })

  test('is closed when nobody has needed it for a while, and not before', async () => {
    const { line, over, waiting, watch } = await createWaiting({ idleMs: 70 })
    over.abort()
    await waiting
    await vi.advanceTimersByTimeAsync(69)
    const { close } = await watch(vi.fn(), 10_000)
    await vi.advanceTimersByTimeAsync(200)
    expect(line().end).not.toHaveBeenCalled()
    await close()
    await vi.advanceTimersByTimeAsync(69)
    expect(line().end).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(line().end).toHaveBeenCalledExactlyOnceWith()
  })

  test.each([
    ['a caller comes while nobody needs it', async () => {}, 69],
    [
      'a watch stands without callers, and then a caller waits without watches',
      async ({ watch }: Awaited<ReturnType<typeof createWaiting>>) => (await watch(vi.fn(), 10_000)).close,
      200,
    ],
  ])('stays open while it is needed: %s', async (_, alsoNeeded, alone) => {
    const scene = await createWaiting({ idleMs: 70 })
    const { line, lines, over, wait, waiting } = scene
    const close = await alsoNeeded(scene)
    over.abort()
    await waiting
    await vi.advanceTimersByTimeAsync(alone)
    const later = new AbortController()
    const comes = wait('a', later.signal)
    await close?.()
    await vi.advanceTimersByTimeAsync(200)
    expect([line().end.mock.calls, lines.length]).toEqual([[], 1])
    later.abort()
    await comes
    await vi.advanceTimersByTimeAsync(70)
    expect(line().end).toHaveBeenCalledExactlyOnceWith()
  })

  test('stays open for ten seconds by default', async () => {
    const { line, over, waiting } = await createWaiting()
    over.abort()
    await waiting
    await vi.advanceTimersByTimeAsync(9_999)
    expect(line().end).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(line().end).toHaveBeenCalledOnce()
  })

  test('is closed for good with the store', async () => {
    const { changes, wait, waiting, watch } = await createWaiting()
    changes.close()
    expect(await waiting).toBeUndefined()
    await expect(wait()).rejects.toThrow('The connection to Redis is closed')
    await expect(watch()).rejects.toThrow('The connection to Redis is closed')
  })
})
