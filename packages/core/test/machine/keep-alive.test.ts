import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { spreadDays, takenByRun } from '../../src/machine/keep-alive/herd.ts'
import {
  beginPace,
  latenessMs,
  onAnswered,
  onHeldUp,
  rateAt,
  reserve,
  type Pace,
} from '../../src/machine/keep-alive/pace.ts'
import {
  isDoubtful,
  longestHoldUpMs,
  noTrouble,
  onFailure,
  onHoldUp,
  onOutage,
  onSound,
  onSuccess,
  type Trouble,
} from '../../src/machine/keep-alive/trouble.ts'
import { defaultPolicy } from '../../src/machine/policy.ts'

const second = 1_000

/** A server that answers `perSecond` requests in any second, and 429 with `retry-after: 1` to the others. */
function limited(perSecond: number) {
  const accepted: number[] = []
  return (at: number) => {
    while (accepted.length > 0 && accepted[0]! <= at - second) accepted.shift()
    if (accepted.length >= perSecond) return false
    accepted.push(at)
    return true
  }
}

/** Sends `count` requests, each tried until it is accepted, with `lanes` in flight. Returns how long that took. */
function simulate(count: number, perSecond: number, { lanes = 64, latencyMs = 100 } = {}) {
  const accepts = limited(perSecond)
  let pace: Pace = beginPace(Infinity, 0)
  const counts = { done: 0, refused: 0 }
  const free = Array.from({ length: lanes }, () => 0)
  const answers: { at: number; sentAt: number; isAccepted: boolean }[] = []
  const settle = (until: number) => {
    answers.sort((left, right) => left.at - right.at)
    while (answers.length > 0 && answers[0]!.at <= until) {
      const { at, sentAt, isAccepted } = answers.shift()!
      pace = isAccepted ? onAnswered(pace, at) : onHeldUp(pace, { at, sentAt, ms: second })
      if (isAccepted) counts.done++
      else counts.refused++
    }
  }
  let now = 0
  let sent = 0
  while (counts.done < count) {
    const lane = free.indexOf(Math.min(...free))
    now = Math.max(now, free[lane]!)
    settle(now)
    if (sent - counts.refused >= count) {
      settle(Infinity)
      continue
    }
    const [next, startAt] = reserve(pace, now)
    pace = next
    settle(startAt)
    if (pace.pausedUntil > startAt) {
      free[lane] = pace.pausedUntil
      continue
    }
    now = Math.max(now, startAt)
    sent++
    free[lane] = startAt + latencyMs
    answers.push({ at: startAt + latencyMs, sentAt: startAt, isAccepted: accepts(startAt + latencyMs / 2) })
  }
  return { seconds: now / second, refused: counts.refused }
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
            if (step.type === 'answered') pace = onAnswered(pace, now)
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
    for (let at = 0; at < 4 * second; at += 10) pace = onAnswered(pace, at)
    const once = onHeldUp(pace, { at: 4_000, sentAt: 3_990, ms: second })
    const twice = onHeldUp(once, { at: 4_030, sentAt: 3_995, ms: second })
    expect(rateAt(once, 5_000)).toBeCloseTo(95, 0)
    expect(rateAt(twice, 5_030)).toBe(rateAt(once, 5_000))
    expect(twice.pausedUntil).toBe(5_030)
  })

  test.each([10, 50, 200])(
    'F42 without being told, it finds a rate of %s a second, and uses at least nine tenths of it',
    (perSecond) => {
      const count = perSecond * 400
      const { seconds, refused } = simulate(count, perSecond)
      expect(count / seconds).toBeGreaterThan(0.9 * perSecond)
      expect(refused).toBeLessThan(count / 20)
    },
  )

  test('F42 seconds in which this process was busy with other work do not lower the rate', () => {
    let pace = beginPace(Infinity, 0)
    for (let at = 0; at < 3 * second; at += 5) pace = onAnswered(pace, at)
    for (let at = 3 * second; at < 5 * second; at += 100) pace = onAnswered(pace, at)
    pace = onHeldUp(pace, { at: 5_000, sentAt: 4_990, ms: second })
    expect(rateAt(pace, 6_000)).toBeCloseTo(190, 0)
  })

  test('F42 a first guess that is much too low is corrected within a minute', () => {
    const pace = onHeldUp(beginPace(Infinity, 0), { at: 20, sentAt: 10, ms: second })
    expect(rateAt(pace, 1_020)).toBeLessThan(1)
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
          pace = onAnswered(pace, (answer * second) / perSecond)
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

describe('the trouble of a keep-alive run', () => {
  const failed = (times: number, from: Trouble = noTrouble) =>
    Array.from({ length: times }).reduce<Trouble>(onFailure, from)

  test('F41 it asks after three failures in a row, and a success begins anew', () => {
    expect([2, 3].map((times) => isDoubtful(failed(times)))).toEqual([false, true])
    expect(isDoubtful(failed(2, onSuccess(failed(2))))).toBe(false)
  })

  test('F41 if the failures belong to the installations, it asks less and less often, but never ends', () => {
    let trouble = noTrouble
    const gaps: number[] = []
    for (let round = 0; round < 6; round++) {
      let failures = 0
      while (!isDoubtful(trouble)) {
        trouble = onFailure(trouble)
        failures++
      }
      gaps.push(failures)
      trouble = onSound(trouble)
    }
    expect(gaps).toEqual([3, 6, 12, 24, 24, 24])
    expect(onSuccess(trouble)).toEqual(noTrouble)
  })

  test('F42 an outage is asked about with growing pauses, and ends the run within maximumCooldownMs', () => {
    let trouble = failed(3)
    let at = 5_000
    const pauses: (number | undefined)[] = []
    for (;;) {
      const [next, pauseMs] = onOutage(trouble, at, defaultPolicy)
      trouble = next
      pauses.push(pauseMs)
      if (pauseMs === undefined) break
      at += pauseMs
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, undefined])
    expect(onSound(trouble)).toEqual(noTrouble)
  })

  test('F42 every outage ends, whatever the policy and however slow the questions', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.nat(100_000),
        fc.array(fc.nat(50_000)),
        (cooldownMs, extraMs, delays) => {
          const policy = { cooldownMs, maximumCooldownMs: cooldownMs + extraMs }
          let trouble = failed(3)
          let at = 0
          for (let round = 0; ; round++) {
            const [next, pauseMs] = onOutage(trouble, at, policy)
            if (pauseMs === undefined) break
            expect(pauseMs).toBeLessThanOrEqual(Math.max(policy.maximumCooldownMs, 1))
            trouble = next
            at += pauseMs + (delays[round] ?? 0)
            expect(round).toBeLessThan(200)
          }
          expect(at).toBeLessThanOrEqual(policy.maximumCooldownMs + 50_000)
        },
      ),
    )
  })

  test('F42 a run waits as long as Pipedrive asks, up to ten minutes, and not for ever', () => {
    expect(onHoldUp(noTrouble, longestHoldUpMs)[1]).toBe(true)
    for (const ms of [longestHoldUpMs + 1, 86_400_000, Infinity])
      expect(onHoldUp(noTrouble, ms)[1]).toBe(false)
    let trouble = noTrouble
    let times = 0
    for (let mayWait = true; mayWait; times++) [trouble, mayWait] = onHoldUp(trouble, second)
    expect(times).toBe(21)
    expect(onHoldUp(onSuccess(trouble), second)[1]).toBe(true)
  })
})

describe('what a run takes', () => {
  /** Runs every day over installations that nobody uses. Returns how many are refreshed each day, and how many expired. */
  function simulateDays(days: number, ageAt: (index: number) => number, size: number, runsPerDay = 1) {
    const expiries = Array.from({ length: size }, (_, index) => 60 - ageAt(index))
    const perDay: number[] = []
    let expired = 0
    for (let day = 0; day < days; day++) {
      let taken = 0
      for (let run = 0; run < runsPerDay; run++) {
        const now = day + run / runsPerDay
        expiries.sort((left, right) => left - right)
        const within = Array.from(
          { length: spreadDays + 1 },
          (_, ahead) => expiries.filter((expiry) => expiry < now + 15 + ahead).length,
        )
        const count = takenByRun(within, size)
        for (let index = 0; index < count; index++) {
          if (expiries[index]! <= now) expired++
          expiries[index] = now + 60
        }
        taken += count
      }
      perDay.push(taken)
    }
    return { perDay, expired }
  }

  test('F28 a herd is spread over a month in its first round, and stays spread', () => {
    const { perDay, expired } = simulateDays(200, () => 0, 3_000)
    expect(expired).toBe(0)
    expect(perDay.slice(0, 15).every((count) => count === 0)).toBe(true)
    expect(Math.max(...perDay)).toBeLessThanOrEqual(110)
  })

  test('F28 hourly runs take no more in a day than a daily one', () => {
    expect(Math.max(...simulateDays(80, () => 0, 600, 24).perDay)).toBeLessThanOrEqual(22)
  })

  test('F28 what is spread evenly already, or is few, is left until it is due', () => {
    const evenly = simulateDays(1, (index) => index % 45, 900)
    expect(evenly.perDay).toEqual([0])
    expect(takenByRun([0, ...Array.from({ length: 30 }, () => 50)], 50)).toBe(0)
  })

  test('F27 takes at least what is due, and never more than there is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1_000), { minLength: 1, maxLength: 31 }),
        fc.nat(40_000),
        (counts, more) => {
          const within = counts.toSorted((left, right) => left - right)
          const taken = takenByRun(within, within.at(-1)! + more)
          expect(taken).toBeGreaterThanOrEqual(within[0]!)
          expect(taken).toBeLessThanOrEqual(within.at(-1)!)
        },
      ),
    )
  })
})
