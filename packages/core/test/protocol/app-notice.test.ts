import * as fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { readSharingNotice, readUninstallNotice } from '../../src/protocol/app-notice.ts'

const nine = Date.UTC(2026, 0, 5, 9)
const notice = { client_id: 'a-client', company_id: 1001, user_id: 11, timestamp: '2026-01-05T09:00:00.000Z' }

afterEach(() => {
  vi.unstubAllEnvs()
})

function read(changes: Record<string, unknown>) {
  return readUninstallNotice(JSON.stringify({ ...notice, ...changes }))
}

describe('readUninstallNotice()', () => {
  test('reads the documented notice', () => {
    expect(read({})).toEqual({ clientId: 'a-client', companyId: 1001, userId: 11, noticeAt: nine })
  })

  test('reads ids that are written as strings', () => {
    expect(read({ company_id: '1001', user_id: '11' })).toMatchObject({ companyId: 1001, userId: 11 })
  })

  test.each([undefined, null, ''])('needs no client id: %j', (value) => {
    expect(read({ client_id: value })).toStrictEqual({ companyId: 1001, userId: 11, noticeAt: nine })
  })

  test.each([undefined, null, 0, -5, 1.5, '', 'x', [], true])('returns undefined for the id %j', (value) => {
    expect(read({ company_id: value })).toBeUndefined()
    expect(read({ user_id: value })).toBeUndefined()
  })

  test.each(['', 'null', '[]', '{}', '{"company_id":1', 'company_id=1&user_id=2', '<html>'])(
    'is no notice with the body %j',
    (body) => {
      expect(readUninstallNotice(body)).toBeUndefined()
    },
  )

  test('never throws, for any text or JSON', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        expect(readUninstallNotice(body)).toBeUndefined()
        expect(readSharingNotice(body)).toBeUndefined()
      }),
    )
  })
})

describe('F21 readUninstallNotice() understands the timestamp', () => {
  const exact: readonly [timestamp: unknown, noticeAt: number][] = [
    ['2026-01-05T09:00:00.000Z', nine],
    ['2026-01-05T09:00:00.250Z', nine + 250],
    ['2026-01-05T09:00:00.5Z', nine + 500],
    ['2026-01-05T09:00:00.123456Z', nine + 123],
    ['2026-01-05T11:00:00.000+02:00', nine],
    ['2026-01-05T04:00:00.000-05:00', nine],
    ['2026-01-05T09:00:00.000', nine],
    ['2026-01-05 09:00:00.000', nine],
    ['2026-01-05 09:00:00.250 UTC', nine + 250],
    ['2026-01-05 09:00:00.250000 +0000', nine + 250],
    ['2026-01-05 04:00:00,250 -05:00', nine + 250],
    ['2026-01-05t09:00:00,5z', nine + 500],
    [nine, nine],
    [1e11, 1e11],
    ['100000000000', 1e11],
    ['100000000.0', 1e11],
    [String(nine), nine],
    [` ${nine} `, nine],
    [nine / 1_000 + 0.25, nine + 250],
  ]
  test.each(exact)('%j to the millisecond', (timestamp, noticeAt) => {
    expect(read({ timestamp })?.noticeAt).toBe(noticeAt)
  })

  const coarse: readonly [timestamp: unknown, noticeAt: number][] = [
    ['2026-01-05T09:00:00Z', nine + 999],
    ['2026-01-05T09:00:00+00:00', nine + 999],
    ['2026-01-05T11:00:00+0200', nine + 999],
    ['2026-01-05T09:00:00', nine + 999],
    ['2026-01-05 09:00:00', nine + 999],
    [' 2026-01-05 09:00:00 ', nine + 999],
    [nine / 1_000, nine + 999],
    [1e11 - 1, 1e14 - 1],
    [String(nine / 1_000), nine + 999],
    ['2026-01-05 09:00:00 UTC', nine + 999],
    ['2026-01-05 09:00:00 GMT', nine + 999],
    ['2026-01-05T09:00:00 Z', nine + 999],
    ['2026-01-05 09:00:00 +0000', nine + 999],
    ['2026-01-05 04:00:00 -05:00', nine + 999],
    ['2026-01-05 14:30:00 +05:30', nine + 999],
    ['2026-01-05 10:00:00+01', nine + 999],
    ['2026-01-05T09:00Z', nine + 59_999],
    ['2026-01-05 09:00 UTC', nine + 59_999],
    ['2026-01-05 09:00', nine + 59_999],
    ['2026-01-05', Date.UTC(2026, 0, 6) - 1],
  ]
  test.each(coarse)(
    '%j as the end of what it names, so that it is never taken for older than it is',
    (timestamp, at) => {
      expect(read({ timestamp })?.noticeAt).toBe(at)
    },
  )

  const garbage = [
    undefined,
    null,
    '',
    'yesterday',
    '-5',
    'foo 5',
    '5 foo',
    '1.2.3',
    '2026',
    'May',
    0,
    '0',
    -1,
    true,
  ]
  const more = [
    [nine],
    { at: nine },
    '2026-13-45',
    '2026-01-05T99:00:00Z',
    '+002026-01-05T09:00:00.000Z',
    '+002026-01-05',
    99_999_999.5,
    '20260105T090000Z',
    '2026-W02-1',
    '2026-005',
    '2026-01-05 09:00:00 EST',
    '2026-01-05 09:00:00 (about)',
    '2026-01-05T09:00:00.Z',
    '2026-01-05T09:00:00+25:00',
    '2026-01-05Z',
    'Mon, 05 Jan 2026 09:00:00 GMT',
    1e21,
    'Infinity',
    'NaN',
  ]
  test.each([...garbage, ...more].map((timestamp) => [timestamp]))('%j as no time at all', (timestamp) => {
    expect(read({ timestamp })).toStrictEqual({ clientId: 'a-client', companyId: 1001, userId: 11 })
  })

  const zones: readonly [zone: string, minutesBehindUtc: number][] = [
    ['UTC', 0],
    ['Asia/Kolkata', -330],
    ['America/St_Johns', 210],
    ['Pacific/Kiritimati', -840],
  ]
  test.each(zones)('without a zone as UTC, on a machine in %s', (zone, minutesBehindUtc) => {
    vi.stubEnv('TZ', zone)
    expect(new Date(nine).getTimezoneOffset()).toBe(minutesBehindUtc)
    for (const [timestamp, noticeAt] of [...exact, ...coarse])
      expect([timestamp, read({ timestamp })?.noticeAt]).toEqual([timestamp, noticeAt])
  })

  test('in every notation as the same moment, within its precision', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1e11, max: 4e12 }), (at) => {
        const second = Math.floor(at / 1_000)
        expect(read({ timestamp: at })?.noticeAt).toBe(at)
        expect(read({ timestamp: new Date(at).toISOString() })?.noticeAt).toBe(at)
        expect(read({ timestamp: second })?.noticeAt).toBe(second * 1_000 + 999)
        expect(
          read({ timestamp: new Date(second * 1_000).toISOString().replace('.000', '') })?.noticeAt,
        ).toBe(second * 1_000 + 999)
      }),
    )
  })

  test('as a finite number or not at all, whatever the value', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        ),
        (timestamp) => {
          const { noticeAt = 1 } = read({ timestamp }) ?? { noticeAt: 0 }
          expect(noticeAt).toBeGreaterThan(0)
          expect(Number.isFinite(noticeAt)).toBe(true)
        },
      ),
    )
  })
})

describe('readSharingNotice()', () => {
  test.each([true, false])('reads isShared: %j', (isShared) => {
    expect(readSharingNotice(JSON.stringify({ company_id: 1001, user_id: '11', isShared }))).toEqual({
      companyId: 1001,
      userId: 11,
      isShared,
    })
  })

  test.each([
    '{"company_id":1001,"user_id":11}',
    '{"company_id":1001,"user_id":11,"isShared":"true"}',
    '{"company_id":1001,"isShared":true}',
    '{"user_id":11,"isShared":true}',
    '',
    'null',
  ])('is no notice with the body %j', (body) => {
    expect(readSharingNotice(body)).toBeUndefined()
  })
})
