import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { spreadDays, takenByRun } from '../../src/machine/keep-alive/herd.ts'
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
