import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { pgDriver } from '../src/drivers/pg.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function madeUp(parts: object = {}) {
  const listeners = new Map<string, (value: never) => void>()
  const destroy = vi.fn()
  const client = {
    connect: vi.fn(async () => {}),
    query: vi.fn(async () => {}),
    on: (event: string, listener: (value: never) => void) => listeners.set(event, listener),
    unref: vi.fn(),
    end: vi.fn(async () => {}),
    connection: { stream: { destroy } },
    ...parts,
  }
  const pool = { query: async () => ({ rows: [] }), ending: false }
  const { listen } = pgDriver(pool, { listen: () => client })
  if (listen === undefined) throw new Error('The driver does not listen.')
  const emit = (event: string, value?: unknown) => listeners.get(event)?.(value as never)
  return { client, pool, listen, emit, destroy }
}

const neverAborted = new AbortController().signal

test('a driver without listen does not listen', () => {
  expect(pgDriver({ query: async () => ({ rows: [] }) })).not.toHaveProperty('listen')
})

test('what is notified is heard, over a connection that keeps no process running', async () => {
  const { client, listen, emit } = madeUp()
  const hear = vi.fn()
  await listen('pd_oauth_1', hear, neverAborted)
  expect(client.query.mock.calls).toEqual([['LISTEN "pd_oauth_1"']])
  expect(client.unref).toHaveBeenCalledTimes(1)
  emit('notification', { payload: 'a b' })
  emit('notification', {})
  expect(hear.mock.calls).toEqual([['a b'], ['']])
  expect(client.end).not.toHaveBeenCalled()
})

test('a client without unref will do', async () => {
  const { listen } = madeUp({ unref: undefined })
  await expect(listen('a', () => {}, neverAborted)).resolves.toHaveProperty('ended')
})

test.each([
  ['error', new Error('cut')],
  ['end', undefined],
])('the event %s ends it', async (event, cause) => {
  const { listen, emit } = madeUp()
  const { ended } = await listen('a', () => {}, neverAborted)
  emit(event, cause)
  expect(await ended).toBe(cause)
})

test('it is over once the pool was closed', async () => {
  const { listen, pool } = madeUp()
  const listener = await listen('a', () => {}, neverAborted)
  expect(listener.isOver?.()).toBe(false)
  pool.ending = true
  expect(listener.isOver?.()).toBe(true)
})

test.each([async () => {}, () => Promise.reject(new Error('away'))])(
  'a connection that says goodbye is not cut (%#)',
  async (end) => {
    const { listen, destroy, client } = madeUp({ end: vi.fn(end) })
    const { ended, close } = await listen('a', () => {}, neverAborted)
    close()
    expect(await ended).toBe(undefined)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(client.end).toHaveBeenCalledTimes(1)
    expect(destroy).not.toHaveBeenCalled()
  },
)

test('a connection that says no goodbye is cut after a second', async () => {
  const { listen, destroy } = madeUp({ end: () => new Promise(() => {}) })
  const { close } = await listen('a', () => {}, neverAborted)
  close()
  await vi.advanceTimersByTimeAsync(999)
  expect(destroy).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(destroy).toHaveBeenCalledTimes(1)
})

test.each([{}, { connection: {} }, { connection: { stream: {} } }])(
  'a client with no stream to cut throws nothing: %j',
  async (parts) => {
    const without = { connection: undefined, end: () => new Promise<never>(() => {}), ...parts }
    const { listen } = madeUp(without)
    const { ended, close } = await listen('a', () => {}, neverAborted)
    close()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await ended).toBe(undefined)
    expect(vi.getTimerCount()).toBe(0)
  },
)

test('a connection that cannot be opened is closed', async () => {
  const error = new Error('refused')
  const { listen, client } = madeUp({ connect: () => Promise.reject(error) })
  await expect(listen('a', () => {}, neverAborted)).rejects.toBe(error)
  expect(client.end).toHaveBeenCalledTimes(1)
})

test('a connection that is given up is closed', async () => {
  const { listen, client } = madeUp({ connect: () => new Promise(() => {}) })
  const givenUp = new AbortController()
  void listen('a', () => {}, givenUp.signal)
  expect(client.end).not.toHaveBeenCalled()
  givenUp.abort()
  expect(client.end).toHaveBeenCalledTimes(1)
})
