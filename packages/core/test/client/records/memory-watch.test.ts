import { describe, expect, test, vi } from 'vitest'
import { MemoryWatch } from '../../../src/client/records/memory-watch.ts'
import { StoreError } from '../../../src/errors.ts'
import { memoryStore, type OAuthEvent, type TokenStore } from '../../../src/index.ts'
import { settingsOf } from '../settings.ts'
import { runningClock } from '../tokens/running-clock.ts'

type Watch = NonNullable<TokenStore['watch']>

const cause = new Error('read ECONNRESET')
/** Lets everything run that waits for no timer. */
const settled = () => new Promise(setImmediate)

/** A watch over a store that opens as `opens` says, at first at once. */
function createScene() {
  const { clock, time, startAt } = runningClock()
  const events: OAuthEvent[] = []
  const opened: { cut: (cause?: unknown) => void; beat: () => () => void; close: () => Promise<void> }[] = []
  const door = { opens: async (): Promise<void> => {} }
  const watch = vi.fn<Watch>(async (_changed, { heartbeat }) => {
    await door.opens()
    const lost = Promise.withResolvers<unknown>()
    const close = vi.fn(async () => {})
    opened.push({ cut: lost.resolve, beat: () => heartbeat!(), close })
    return { lost: lost.promise, close }
  })
  const store = { ...memoryStore(), watch }
  const onEvent = (event: OAuthEvent) => void events.push(event)
  const settings = { ...settingsOf({ store, logger: false, onEvent }), clock }
  const memoryWatch = new MemoryWatch(settings, () => {})
  memoryWatch.usedAt = startAt
  const state = () => memoryWatch.report().state
  const open = async () => {
    memoryWatch.open()
    await settled()
  }
  const told = () => events.map(({ type }) => type)
  const refuse = () => {
    door.opens = () => Promise.reject(cause)
  }
  return { door, events, memoryWatch, open, opened, refuse, startAt, state, time, told, watch }
}

describe('a watch', () => {
  test('is idle, opens, and stands; it is opened once, and says how often it has to beat', async () => {
    const { memoryWatch, open, state, told, watch } = createScene()
    expect(state()).toBe('idle')
    memoryWatch.open()
    expect(state()).toBe('opening')
    await open()
    await open()
    expect([state(), told(), watch.mock.calls.length]).toEqual(['standing', [], 1])
    expect(watch.mock.calls[0]?.[1].heartbeatMs).toBe(1_000)
  })

  test('has a number that no earlier one has', async () => {
    const { memoryWatch, open, opened, time } = createScene()
    await open()
    const first = memoryWatch.standing?.watch
    time.now += 6_000
    opened[0]!.cut(cause)
    await settled()
    expect(memoryWatch.standing?.watch).not.toBe(first)
  })

  test('is silent from its first heartbeat on until that comes back, and too long after the last', async () => {
    const { open, opened, state, time } = createScene()
    await open()
    time.now += 30_000
    expect(state()).toBe('standing')
    const back = opened[0]!.beat()
    expect(state()).toBe('silent')
    back()
    expect(state()).toBe('standing')
    time.now += 1_999
    const next = opened[0]!.beat()
    expect(state()).toBe('standing')
    time.now += 1
    expect(state()).toBe('silent')
    next()
    expect(state()).toBe('standing')
  })

  test('is closed at a heartbeat once memory has not been used for watchIdleMs', async () => {
    const { memoryWatch, open, opened, startAt, state, time } = createScene()
    await open()
    time.now = startAt + 59_999
    opened[0]!.beat()
    expect(opened[0]!.close).not.toHaveBeenCalled()
    time.now = startAt + 60_000
    opened[0]!.beat()
    expect(opened[0]!.close).toHaveBeenCalledTimes(1)
    expect([memoryWatch.standing, state()]).toEqual([undefined, 'idle'])
  })

  test('is closed for good, also if closing fails', async () => {
    const { memoryWatch, open, opened, state, watch } = createScene()
    await open()
    vi.mocked(opened[0]!.close).mockRejectedValue(cause)
    await memoryWatch.close()
    await open()
    expect([memoryWatch.standing, state(), watch.mock.calls.length]).toEqual([undefined, 'idle', 1])
    expect(opened[0]!.close).toHaveBeenCalledTimes(1)
  })
})

describe('a watch that cannot be opened', () => {
  test('is lost, and tells why', async () => {
    const { events, memoryWatch, open, refuse } = createScene()
    refuse()
    await open()
    expect(memoryWatch.report()).toEqual({ state: 'lost', cause: 'read ECONNRESET' })
    expect(events).toEqual([
      { type: 'watch_lost', at: expect.any(Number), code: 'store_unavailable', cause: 'read ECONNRESET' },
    ])
  })

  test('tells what the store says if that names it itself', async () => {
    const { door, events, open } = createScene()
    door.opens = () => Promise.reject(new StoreError('store_unavailable', 'Wake the database up.'))
    await open()
    expect(events).toMatchObject([{ cause: expect.stringContaining('Wake the database up.') }])
  })

  test('is idle once memory has not been used for watchIdleMs', async () => {
    const { open, refuse, startAt, state, time } = createScene()
    refuse()
    await open()
    time.now = startAt + 59_999
    expect(state()).toBe('lost')
    time.now = startAt + 60_000
    expect(state()).toBe('idle')
  })

  test('is tried again after 5, 10 and 20 seconds, and tells of its loss once', async () => {
    const { open, refuse, startAt, time, told, watch } = createScene()
    refuse()
    const tries = async (seconds: number) => {
      time.now = startAt + seconds * 1_000
      await open()
      return watch.mock.calls.length
    }
    expect(await tries(0)).toBe(1)
    expect([await tries(4.999), await tries(5)]).toEqual([1, 2])
    expect([await tries(14.999), await tries(15)]).toEqual([2, 3])
    expect([await tries(34.999), await tries(35)]).toEqual([3, 4])
    expect(told()).toEqual(['watch_lost'])
  })

  test('is tried again at once if the clock was set back', async () => {
    const { open, refuse, time, watch } = createScene()
    refuse()
    await open()
    time.now -= 1
    await open()
    expect(watch).toHaveBeenCalledTimes(2)
  })

  test('tells how long it was lost when it stands again, and begins with a short pause', async () => {
    const { door, events, open, opened, refuse, startAt, state, time, watch } = createScene()
    refuse()
    for (const seconds of [0, 5, 15]) {
      time.now = startAt + seconds * 1_000
      await open()
    }
    door.opens = async () => {}
    time.now = startAt + 35_000
    await open()
    expect([state(), events.at(-1)]).toMatchObject([
      'standing',
      { type: 'watch_restored', durationMs: 35_000 },
    ])
    time.now += 5_000
    opened[0]!.cut(cause)
    await settled()
    expect(events.slice(2).map(({ type }) => type)).toEqual(['watch_lost', 'watch_restored'])
    expect(watch).toHaveBeenCalledTimes(5)
  })
})

describe('a watch that does not open', () => {
  test.each([5_000, -5_000])('is given up when the clock shows %i ms more', async (ms) => {
    const { door, events, open, startAt, state, time } = createScene()
    door.opens = () => new Promise(() => {})
    await open()
    time.now = startAt + Math.sign(ms) * 4_999
    await open()
    expect(state()).toBe('opening')
    time.now = startAt + ms
    await open()
    expect(events).toMatchObject([{ type: 'watch_lost', cause: expect.stringContaining('5000 ms') }])
  })

  test('is closed if it opens later, and does not stand', async () => {
    const { door, memoryWatch, open, opened, startAt, time } = createScene()
    const late = Promise.withResolvers<void>()
    door.opens = () => late.promise
    await open()
    time.now = startAt + 5_000
    await open()
    late.resolve()
    await settled()
    expect(opened[0]!.close).toHaveBeenCalledTimes(1)
    expect(memoryWatch.standing).toBeUndefined()
  })

  test('takes nothing from the next one if it fails later', async () => {
    const { door, memoryWatch, open, startAt, time, told, watch } = createScene()
    const late = Promise.withResolvers<void>()
    door.opens = () => late.promise
    await open()
    time.now = startAt + 5_000
    await open()
    const next = Promise.withResolvers<void>()
    door.opens = () => next.promise
    await open()
    expect(watch).toHaveBeenCalledTimes(2)
    late.reject(cause)
    await settled()
    next.resolve()
    await settled()
    expect(memoryWatch.standing).toBeDefined()
    expect(told()).toEqual(['watch_lost', 'watch_restored'])
  })
})

describe('a watch that breaks', () => {
  test('is opened again at once, and not within 5 seconds after it was opened', async () => {
    const { open, opened, state, time, told, watch } = createScene()
    await open()
    time.now += 4_999
    opened[0]!.cut(cause)
    await settled()
    expect([state(), watch.mock.calls.length, told()]).toEqual(['lost', 1, ['watch_lost']])
    time.now += 1
    await open()
    expect(watch).toHaveBeenCalledTimes(2)
  })

  test('without a cause is no loss, and is not opened again before memory is used', async () => {
    const { memoryWatch, open, opened, state, time, told, watch } = createScene()
    await open()
    time.now += 10_000
    opened[0]!.cut(undefined)
    await settled()
    expect([memoryWatch.standing, state(), told(), watch.mock.calls.length]).toEqual([
      undefined,
      'idle',
      [],
      1,
    ])
    await open()
    expect(watch).toHaveBeenCalledTimes(2)
  })

  test('after it was closed is no loss', async () => {
    const { memoryWatch, open, opened, told, time } = createScene()
    await open()
    time.now += 60_000
    opened[0]!.beat()
    await open()
    opened[0]!.cut(cause)
    await settled()
    expect(memoryWatch.standing).toBeDefined()
    expect(told()).toEqual([])
  })
})
