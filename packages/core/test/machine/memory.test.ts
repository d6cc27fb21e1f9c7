import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  believe,
  heartbeatAnswerMs,
  isBelieved,
  isUsableHandOver,
  look,
  told,
  toldMeanwhile,
  watchRetryPauseMs,
  type Belief,
  type Standing,
} from '../../src/machine/memory.ts'
import { defaultPolicy } from '../../src/machine/policy.ts'

const at = 1_000_000
const { cacheMs, watchHeartbeatMs } = defaultPolicy
const first: Standing = { watch: 1, heardUntil: Infinity }
const second: Standing = { watch: 2, heardUntil: Infinity }
const read = (standing?: Standing, version = 'a') => believe(look(at, standing), version)
const beating = (heardUntil: number): Standing => ({ watch: 1, heardUntil })
const late = at + 10 * cacheMs
const longestSilenceMs = watchHeartbeatMs + heartbeatAnswerMs

describe('a record in memory is believed', () => {
  const rows: [title: string, belief: Belief, standing: Standing | undefined, at: number, is: boolean][] = [
    ['as soon as it is read', read(), undefined, at, true],
    ['for cacheMs without a watch', read(), undefined, at + cacheMs - 1, true],
    ['for no longer without a watch', read(), undefined, at + cacheMs, false],
    ['for as long as its watch stands', read(first), first, late, true],
    ['for cacheMs after its watch is lost', read(first), undefined, at + cacheMs - 1, true],
    ['not after cacheMs if its watch is lost', read(first), undefined, at + cacheMs, false],
    ['not after cacheMs if another watch stands than at the read', read(first), second, late, false],
    ['not after cacheMs if the watch was opened after the read began', read(), first, late, false],
    ['by a watch whose last heartbeat is recent', read(first), beating(late), late, true],
    ['until a heartbeat is overdue', read(first), beating(late - longestSilenceMs + 1), late, true],
    ['not once a heartbeat is overdue', read(first), beating(late - longestSilenceMs), late, false],
    ['not if no heartbeat has come back', read(first), beating(-Infinity), late, false],
    ['not if the clock was set back to before the heartbeat', read(first), beating(late + 1), late, false],
    ['not if the clock was set back to before the read', read(first), first, at - 1, false],
    ['not once another version was told', told(read(first), 'b'), first, at, false],
    ['not once a change without its version was told', told(read(first), undefined), first, at, false],
    ['after its own version was told', told(read(first), 'a'), first, late, true],
  ]
  test.each(rows)('%s', (_, belief, standing, now, is) => {
    expect(isBelieved(belief, standing, now, defaultPolicy)).toBe(is)
  })

  test('never with cacheMs 0, also with a watch', () => {
    expect(isBelieved(read(first), first, at, { ...defaultPolicy, cacheMs: 0 })).toBe(false)
  })
})

describe('what is told during a read or a write', () => {
  test.each([
    ['of the version that it brings changes nothing', ['a'], undefined, true],
    ['of another version makes it outdated', ['b'], undefined, false],
    ['of that version and another one, in any order, makes it outdated', ['b', 'a'], undefined, false],
    ['without a version makes it outdated', [undefined], undefined, false],
    ['of the version that a write replaced is old', ['z', 'a'], 'z', true],
  ] as const)('%s', (_, versions, replaced, is) => {
    const running = versions.reduce<ReturnType<typeof look>>(toldMeanwhile, look(at, first))
    expect(isBelieved(believe(running, 'a', replaced), first, at, defaultPolicy)).toBe(is)
  })

  test('of the version that a write replaced is old also when it comes after the write', () => {
    const written = believe(look(at, first), 'b', 'a')
    expect(isBelieved(told(written, 'a'), first, late, defaultPolicy)).toBe(true)
    expect(isBelieved(told(written, 'c'), first, late, defaultPolicy)).toBe(false)
  })
})

describe('a record that the store handed over to a wait for another version than a', () => {
  test.each([
    ['is used', 'b', [], false, true],
    ['is used if its own news came before it', 'b', ['b'], false, true],
    ['is used if late news of the awaited version came', 'b', ['a', 'b'], false, true],
    ['is not used if another version was told', 'b', ['b', 'c'], false, false],
    ['is not used if a change without its version was told', 'b', [undefined], false, false],
    ['is not used if memory has got another record meanwhile', 'b', ['b'], true, false],
    ['is not used if it is the awaited one', 'a', [], false, false],
  ] as const)('%s', (_, version, versions, hasMemoryChanged, is) => {
    const running = versions.reduce<ReturnType<typeof look>>(toldMeanwhile, look(at, first))
    expect(isUsableHandOver(running, version, { awaited: 'a', hasMemoryChanged })).toBe(is)
  })
})

test('a law: what is believed was read within cacheMs, or under this watch while heartbeats came, and no other version was told', () => {
  const instants = fc.integer({ min: at - 20_000, max: at + 20_000 })
  const standings = fc.option(
    fc.record({
      watch: fc.constantFrom(1, 2),
      heardUntil: fc.oneof(instants, fc.constantFrom(Infinity, -Infinity)),
    }),
    { nil: undefined },
  )
  const versions = fc.constantFrom('a', 'b', 'z', undefined)
  fc.assert(
    fc.property(
      standings,
      standings,
      fc.array(versions, { maxLength: 2 }),
      fc.array(versions, { maxLength: 2 }),
      instants,
      fc.constantFrom(0, 1, 5_000),
      (before, now, during, after, then, cacheMs) => {
        const running = during.reduce(toldMeanwhile, look(at, before))
        const belief = after.reduce(told, believe(running, 'a', 'z'))
        if (!isBelieved(belief, now, then, { ...defaultPolicy, cacheMs })) return
        expect(cacheMs).toBeGreaterThan(0)
        expect([...during, ...after].filter((version) => version !== 'a' && version !== 'z')).toEqual([])
        expect(then).toBeGreaterThanOrEqual(at)
        if (then < at + cacheMs) return
        expect(now?.watch).toBe(before?.watch)
        expect(then).toBeLessThan((now?.heardUntil ?? -Infinity) + longestSilenceMs)
      },
    ),
    { numRuns: 5_000 },
  )
})

test('the pause after failed openings doubles from watchRetryMs up to maximumCooldownMs', () => {
  const pauses = [0, 1, 2, 3, 4, 5, 6, 100].map((failures) => watchRetryPauseMs(failures, defaultPolicy))
  expect(pauses).toEqual([5_000, 5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000])
  expect(watchRetryPauseMs(9, { watchRetryMs: 90_000, maximumCooldownMs: 60_000 })).toBe(90_000)
})
