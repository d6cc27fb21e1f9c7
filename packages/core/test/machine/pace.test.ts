import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  beginPace,
  latenessMs,
  onAnswered,
  onHeldUp,
  rateAt,
  reserve,
  type Pace,
} from '../../src/machine/keep-alive/pace.ts'
import { endpoints } from './simulated-endpoints.ts'
import { simulateRun } from './simulated-run.ts'

const second = 1_000

function answeredAt(pace: Pace, at: number): Pace {
  return onAnswered(pace, { at, sentAt: at })
}

describe('the pace of a keep-alive run', () => {
  test('F42 starts at once while nothing limits it', () => {
    let pace = beginPace(Infinity, 5)
    for (let start = 0; start < 100; start++) {
      const [next, startAt] = reserve(pace, 5)
      expect(startAt).toBe(5)
      pace = next
    }
  })

  test('F42 never starts before the end of a pause, and never more than perSecond in a second', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 500, noNaN: true }),
        fc.array(
          fc.oneof(
            fc.record({ type: fc.constant('start' as const), afterMs: fc.nat(400) }),
            fc.record({ type: fc.constant('answered' as const), afterMs: fc.nat(40) }),
            fc.record({ type: fc.constant('held_up' as const), afterMs: fc.nat(40), ms: fc.nat(5_000) }),
          ),
          { maxLength: 80 },
        ),
        (perSecond, steps) => {
          let pace = beginPace(perSecond, 0)
          let now = 0
          let lastStart = -Infinity
          for (const step of steps) {
            now += step.afterMs
            if (step.type === 'answered') pace = onAnswered(pace, { at: now, sentAt: now })
            else if (step.type === 'held_up') pace = onHeldUp(pace, { at: now, sentAt: now, ms: step.ms })
            else {
              const [next, startAt] = reserve(pace, now)
              expect(startAt).toBeGreaterThanOrEqual(Math.max(now, pace.pausedUntil))
              expect(startAt - lastStart).toBeGreaterThanOrEqual(second / perSecond - latenessMs - 0.001)
              lastStart = startAt
              pace = next
            }
            expect(rateAt(pace, now)).toBeLessThanOrEqual(perSecond)
            expect(rateAt(pace, now)).toBeGreaterThan(0)
          }
        },
      ),
    )
  })

  test('F42 several refusals of one burst count once, and only lengthen the pause', () => {
    let pace = beginPace(Infinity, 0)
    for (let at = 0; at < 4 * second; at += 10) pace = onAnswered(pace, { at, sentAt: at })
    const once = onHeldUp(pace, { at: 4_000, sentAt: 3_990, ms: second })
    const twice = onHeldUp(once, { at: 4_030, sentAt: 3_995, ms: second })
    expect(rateAt(once, 5_000)).toBeCloseTo(96, 0)
    expect(rateAt(twice, 5_030)).toBe(rateAt(once, 5_000))
    expect(twice.pausedUntil).toBe(5_030)
  })

  test('F42 seconds in which this process was busy with other work do not lower the rate', () => {
    let pace = beginPace(Infinity, 0)
    for (let at = 0; at < 3 * second; at += 5) pace = onAnswered(pace, { at, sentAt: at })
    for (let at = 3 * second; at < 5 * second; at += 100) pace = onAnswered(pace, { at, sentAt: at })
    pace = onHeldUp(pace, { at: 5_000, sentAt: 4_990, ms: second })
    expect(rateAt(pace, 6_000)).toBeCloseTo(192, 0)
  })

  test('F42 a first guess that is much too low is corrected within a minute', () => {
    const pace = onHeldUp(beginPace(Infinity, 0), { at: 20, sentAt: 10, ms: second })
    expect(rateAt(pace, 1_020)).toBe(1)
    expect(rateAt(pace, 60 * second)).toBeGreaterThan(1_000)
  })
})

test('F42 after a refusal, late timers never put more starts into one second than Pipedrive has answered', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 50, max: 500 }),
      fc.array(fc.nat(300), { minLength: 1, maxLength: 30 }),
      (perSecond, delays) => {
        let pace = beginPace(Infinity, 0)
        for (let answer = 0; answer <= 3 * perSecond; answer++)
          pace = answeredAt(pace, (answer * second) / perSecond)
        pace = onHeldUp(pace, { at: 3 * second, sentAt: 3 * second, ms: second })
        let now = pace.pausedUntil
        const starts: number[] = []
        for (let start = 0; now < 9 * second; start++) {
          const [next, startAt] = reserve(pace, now)
          pace = next
          // Every tenth timer is late.
          now = startAt + (start % 10 === 0 ? (delays[start % delays.length] ?? 0) : 0)
          starts.push(now)
        }
        for (const [first, from] of starts.entries()) {
          const within = starts.findIndex((at, index) => index > first && at >= from + second)
          if (within > 0) expect(within - first).toBeLessThanOrEqual(perSecond)
        }
      },
    ),
  )
})

describe.each(Object.entries(endpoints))('of an endpoint that counts %s', (_, createEndpoint) => {
  test.each([5, 50, 200, 1_000])(
    'F42 a run finds out that it allows %s a second, uses nine tenths of that after its start, and is rarely refused',
    (perSecond) => {
      const runs = [5, 50, 300].flatMap((latencyMs) =>
        [4, 64].flatMap((concurrency) => [0, 60].map((stallMs) => ({ latencyMs, concurrency, stallMs }))),
      )
      // With fewer requests in flight, a run cannot reach what the endpoint allows.
      const able = runs.filter((run) => (run.concurrency * second) / run.latencyMs > 1.02 * perSecond)
      for (const run of able) {
        const { answered, refused } = simulateRun({
          ...run,
          seconds: 150,
          endpoint: createEndpoint(perSecond),
        })
        const share = answered.filter((at) => at > 30 * second).length / 120 / perSecond
        // A process that stands still for 3 % of the time sends nothing then.
        expect(share, JSON.stringify(run)).toBeGreaterThan(run.stallMs === 0 ? 0.9 : 0.87)
        const pauses = refused.filter((at, index) => !(at - refused[index - 1]! < second / 2)).length
        expect(pauses, JSON.stringify(run)).toBeLessThan(25)
      }
    },
    60_000,
  )
})
