import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeHistory, encodeHistory } from '../../../src/client/records/history-codec.ts'
import type { History, HistoryKind } from '../../../src/machine/history.ts'
import { withEntry } from '../../../src/machine/history.ts'

const kinds = [
  'installed',
  'adopted',
  'refreshed',
  'rival_token_adopted',
  'lease_taken_over',
  'refresh_contested',
  'reauthorization_required',
  'access_token_revoked',
  'sessions_ended',
  'reference_changed',
  'token_endpoint_unavailable',
  'token_endpoint_timeout',
  'malformed_response',
  'request_rejected',
  'client_rejected',
] as const satisfies readonly HistoryKind[]

const histories: fc.Arbitrary<History> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      at: fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
      process: fc.nat(1_295),
    }),
    { maxLength: 40 },
  )
  .map((entries) =>
    entries
      .toSorted((left, right) => left.at - right.at)
      .reduce<History>((history, entry) => withEntry(history, entry, 16), []),
  )

const toSecond = (history: History) =>
  history.map(({ at, firstAt, ...entry }) => ({
    ...entry,
    at: Math.floor(at / 1_000) * 1_000,
    firstAt: Math.floor(firstAt / 1_000) * 1_000,
  }))

describe('the history of a record', () => {
  test('comes back from its text as it was, to the second', () => {
    fc.assert(
      fc.property(histories, (history) => {
        expect(decodeHistory(encodeHistory(history))).toEqual(toSecond(history))
      }),
    )
  })

  test('does not change any more after one trip, however often it is written', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const once = encodeHistory(history)
        expect(encodeHistory(decodeHistory(once) ?? [])).toBe(once)
      }),
    )
  })

  test('has one letter for each kind', () => {
    const texts = kinds.map((kind) => encodeHistory([{ kind, at: 0, firstAt: 0, process: 0, count: 1 }]))
    expect(new Set(texts).size).toBe(kinds.length)
  })

  test('takes less than 16 bytes for each of 16 entries of a day with troubles', () => {
    const start = 1_790_000_000_000
    const history: History = Array.from({ length: 16 }, (_, index) => {
      const kind = index % 2 === 0 ? 'refreshed' : 'token_endpoint_unavailable'
      const firstAt = start + index * 5_400_000
      return { kind, at: firstAt + 3_600_000, firstAt, process: 1_295, count: 12 }
    })
    expect(encodeHistory(history).length / 16).toBeLessThan(16)
  })

  test.each([
    'x',
    'i',
    'i1',
    'i1.',
    '1.2',
    'z1.2',
    'i1.2.3',
    'i1.2.3.4.5',
    'i1.2,',
    ',',
    'I1.2',
    'i-1.2',
    'i1.2 ',
    ' i1.2',
    'i1.2.3.4 ',
    'ii-i1.2',
  ])('is refused when it is %j', (text) => {
    expect(decodeHistory(text)).toBeUndefined()
  })
})
