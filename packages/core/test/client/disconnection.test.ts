import { expect, test } from 'vitest'
import { disconnection, type Disconnection } from '../../src/client/disconnection.ts'
import type { HistoryKind } from '../../src/machine/history.ts'

const refusedAt = Date.UTC(2026, 5, 1)
const day = 86_400_000

test.each<[string, Disconnection['reason'], [kind: HistoryKind, daysBefore: number][]]>([
  ['a user who removed the app', 'refused', [['refreshed', 1]]],
  ['no history', 'refused', []],
  ['a grant that nobody used for 60 days', 'unused', [['installed', 60]]],
  [
    'a grant that was used 59 days ago',
    'refused',
    [
      ['installed', 90],
      ['refreshed', 59],
    ],
  ],
  [
    'a take-over',
    'after_take_over',
    [
      ['refreshed', 1],
      ['lease_taken_over', 0],
      ['refresh_contested', 0],
    ],
  ],
  [
    'a take-over without doubt',
    'after_take_over',
    [
      ['refreshed', 1],
      ['lease_taken_over', 0],
    ],
  ],
  [
    'a doubt whose take-over is no longer in the history',
    'after_take_over',
    [
      ['refreshed', 1],
      ['refresh_contested', 0],
    ],
  ],
  [
    'a take-over that a refresh ended',
    'refused',
    [
      ['lease_taken_over', 2],
      ['refreshed', 1],
    ],
  ],
  [
    'a take-over before a new consent',
    'refused',
    [
      ['lease_taken_over', 2],
      ['installed', 1],
    ],
  ],
  [
    'sessions that ended meanwhile',
    'unused',
    [
      ['installed', 61],
      ['sessions_ended', 1],
    ],
  ],
])('F76 why a user is disconnected, after %s', (_, reason, entries) => {
  const history = entries.map(([kind, days]) => {
    const at = refusedAt - days * day
    return { kind, at, firstAt: at, count: 1, process: 1 }
  })
  const state = {
    status: 'reauthorization_required',
    grantId: 'grant-1',
    clientId: 'app',
    account: { companyId: 1, userId: 2 },
    installedAt: 0,
    generation: 0,
    reason: 'invalid_grant',
    refusedAt,
    refused: { refreshToken: 'refused', obtainedAt: 0 },
  } as const
  expect(disconnection({ ...state, ...(history.length > 0 && { history }) })).toEqual({
    since: refusedAt,
    reason,
  })
})
