import { describe, expect, test, vi } from 'vitest'
import { Memory } from '../../../src/client/records/memory.ts'
import {
  memoryStore,
  type InstallationId,
  type PipedriveOAuthOptions,
  type TokenStore,
} from '../../../src/index.ts'
import { settingsOf } from '../settings.ts'
import { runningClock } from '../tokens/running-clock.ts'
import { activeState, hour } from './active-state.ts'

type Watch = NonNullable<TokenStore['watch']>

const id: InstallationId = '1:2'
/** From then on the machine refreshes ahead, in milliseconds from the start. */
const deliverableMs = hour - 300_000

/** A memory over a store that tells what `tell` is called with. */
function createScene(options: Partial<PipedriveOAuthOptions> = {}) {
  const { clock, startAt, time } = runningClock()
  let tell: Parameters<Watch>[0] = () => {}
  const watch = vi.fn<Watch>(async (changed) => {
    tell = changed
    return { lost: new Promise(() => {}), close: async () => {} }
  })
  const settings = { ...settingsOf({ store: { ...memoryStore(), watch }, logger: false, ...options }), clock }
  const memory = new Memory(settings)
  const recordOf = (version: string) => ({ version, state: activeState(startAt) })
  const put = (version: string, look = memory.begin(id)) => {
    memory.set(id, recordOf(version), look)
    memory.end(id, look)
  }
  return { memory, put, recordOf, startAt, tell: (version?: string) => tell(id, version), time, watch }
}

const opened = () => new Promise(setImmediate)

describe('memory', () => {
  test('knows nothing of what was never read', () => {
    const { memory } = createScene()
    expect([memory.get(id), memory.servable(id), memory.deliverable(id)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  test('holds what the machine only delivers, from when it was read until that is refreshed ahead', () => {
    const { memory, put, startAt, time } = createScene()
    put('a')
    expect(memory.deliverable(id)?.record?.version).toBe('a')
    time.now = startAt - 1
    expect(memory.deliverable(id)).toBeUndefined()
    time.now = startAt + deliverableMs - 1
    expect(memory.deliverable(id)?.record?.version).toBe('a')
    time.now = startAt + deliverableMs
    expect(memory.deliverable(id)).toBeUndefined()
  })

  test('takes the token of no other app', () => {
    const { memory, put } = createScene({ clientId: 'another-app' })
    put('a')
    expect([memory.deliverable(id), memory.servable(id)]).toEqual([undefined, undefined])
  })

  test('holds a deleted record as one that is not there', async () => {
    const { memory, watch } = createScene()
    memory.set(id, undefined, memory.begin(id))
    expect(memory.get(id)).toMatchObject({ record: undefined, accessToken: undefined })
    expect(memory.servable(id)).toBeUndefined()
    await opened()
    expect(watch).not.toHaveBeenCalled()
  })

  test('reckons anew how long a token is fresh when its record is confirmed', () => {
    const { memory, put, startAt, time } = createScene()
    put('a')
    time.now = startAt + deliverableMs
    memory.confirm(memory.get(id)!, memory.begin(id))
    expect(memory.servable(id)).toBeUndefined()
    time.now = startAt
    memory.confirm(memory.get(id)!, memory.begin(id))
    expect(memory.servable(id)?.record?.version).toBe('a')
  })
})

describe('memory, over a store that tells of changes,', () => {
  test('hears from its first record with a token on, and believes what it read since', async () => {
    const { memory, put, startAt, time, watch } = createScene()
    expect(memory.watchReport()).toEqual({ state: 'idle' })
    put('a')
    await opened()
    expect([watch.mock.calls.length, memory.watchReport()]).toEqual([1, { state: 'standing' }])
    put('b')
    time.now = startAt + 600_000
    expect(memory.servable(id)?.record?.version).toBe('b')
  })

  test('does not believe what was told to have changed', async () => {
    const { memory, put, tell } = createScene()
    put('a')
    await opened()
    put('b')
    tell('b')
    expect(memory.servable(id)?.record?.version).toBe('b')
    tell('c')
    expect(memory.servable(id)).toBeUndefined()
  })

  test('does not believe what each of two reads brings if that was told to have changed meanwhile', async () => {
    const { memory, put, tell } = createScene()
    put('a')
    await opened()
    const looks = [memory.begin(id), memory.begin(id)]
    tell('c')
    for (const look of looks) {
      put('b', look)
      expect(memory.servable(id)).toBeUndefined()
    }
    put('c')
    expect(memory.servable(id)?.record?.version).toBe('c')
  })

  test('goes on hearing for one read when another one has ended', async () => {
    const { memory, put, tell } = createScene()
    put('a')
    await opened()
    const [first, second] = [memory.begin(id), memory.begin(id)]
    memory.end(id, first)
    tell('c')
    put('b', second)
    expect(memory.servable(id)).toBeUndefined()
  })

  test('opens its watch when a record is confirmed, too', async () => {
    const { memory, put, startAt, time, watch } = createScene()
    watch.mockRejectedValueOnce(new Error('down'))
    put('a')
    await opened()
    time.now = startAt + 5_000
    memory.confirm(memory.get(id)!, memory.begin(id))
    await opened()
    expect([watch.mock.calls.length, memory.watchReport()]).toEqual([2, { state: 'standing' }])
  })

  test('counts as used by a read and by a look at a record', async () => {
    const { memory, put, startAt, time, watch } = createScene()
    watch.mockRejectedValue(new Error('down'))
    put('a')
    await opened()
    const stateAt = (ms: number) => {
      time.now = startAt + ms
      return memory.watchReport()?.state
    }
    expect([stateAt(59_999), stateAt(60_000)]).toEqual(['lost', 'idle'])
    memory.servable(id)
    expect(stateAt(119_999)).toBe('lost')
    expect(stateAt(120_000)).toBe('idle')
    memory.begin(id)
    expect(stateAt(179_999)).toBe('lost')
  })
})

test.each([
  ['is turned off', { policy: { cacheMs: 0 } }],
  [
    'has a store that does not tell',
    { store: { get: async () => undefined, compareAndSet: async () => true } },
  ],
])('memory that %s has no watch', async (_, options) => {
  const { memory, put, watch } = createScene(options)
  put('a')
  await opened()
  expect([memory.watchReport(), watch.mock.calls]).toEqual([undefined, []])
  await memory.close()
})

test('memory forgets what is deleted', () => {
  const { memory, put } = createScene()
  put('a')
  memory.delete(id)
  expect([memory.get(id), memory.servable(id)]).toEqual([undefined, undefined])
})
