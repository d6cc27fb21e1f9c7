import { describe, expect, test } from 'vitest'
import { Log } from '../../../src/client/runtime/log.ts'
import { ServerClock } from '../../../src/client/runtime/server-clock.ts'
import type { LogDetails } from '../../../src/index.ts'

const noon = Date.UTC(2026, 5, 1, 12)
const atNoon = new Headers({ date: new Date(noon).toUTCString() })

function createServerClock(skewMs = 2_000) {
  const lines: LogDetails[] = []
  // The log tells the same thing again after a while.
  let told = noon
  const warn = (_: string, details: LogDetails) => void lines.push(details)
  const log = new Log({ error: () => {}, warn }, () => (told += 86_400_000))
  return { lines, serverClock: new ServerClock(skewMs, log) }
}

test('nothing is known, and nothing wrong, before an answer has a date', () => {
  const { serverClock } = createServerClock()
  serverClock.hear(new Headers(), noon, noon)
  serverClock.hear(new Headers({ date: 'yesterday' }), noon, noon)
  expect(serverClock.latest).toBeUndefined()
  expect(serverClock.problem).toBeUndefined()
})

test('the middle of the way is compared with the middle of the second', () => {
  const { serverClock } = createServerClock()
  serverClock.hear(atNoon, noon + 1_100, noon + 1_500)
  expect(serverClock.latest).toEqual({ offMs: 800, uncertainMs: 700 })
})

describe('a clock may be off by the skew and by what is uncertain', () => {
  // Sent and received at once: the half second of the header is uncertain.
  const off = (ms: number) => {
    const { lines, serverClock } = createServerClock()
    serverClock.hear(atNoon, noon + 500 + ms, noon + 500 + ms)
    expect(lines.length).toBe(serverClock.problem === undefined ? 0 : 1)
    return serverClock.problem
  }
  test.each([0, 2_500, -2_500])('%d ms is no problem', (ms) => expect(off(ms)).toBeUndefined())
  test('more is one', () => {
    expect(off(2_501)).toBe('this clock is 2501 ms ahead of Pipedrive’s')
    expect(off(-2_501)).toBe('this clock is 2501 ms behind Pipedrive’s')
  })
})

test('the log tells it when it begins, and once', () => {
  const { lines, serverClock } = createServerClock()
  const hear = (ms: number) => serverClock.hear(atNoon, noon + 500 + ms, noon + 500 + ms)
  hear(9_000)
  hear(10_000)
  expect(lines).toMatchObject([{ code: 'clock_off', action: expect.stringContaining('NTP') }])
  hear(0)
  expect(lines).toHaveLength(1)
  hear(-9_000)
  expect(lines).toHaveLength(2)
})
