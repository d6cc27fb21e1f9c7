import * as v from 'valibot'
import { expect, test } from 'vitest'
import type { History } from '../../../src/machine/history.ts'
import type { InstallationState } from '../../../src/machine/installation/state.ts'
import { installationState, payloadOf } from '../../../src/client/records/state-schema.ts'
import { activeState } from './active-state.ts'

const now = Date.UTC(2026, 0)
const history: History = [{ kind: 'installed', at: now, process: 7, count: 1, firstAt: now }]

const { tokens, ...active } = activeState(now)
const installed = {
  ...active,
  account: {
    companyId: 1,
    userId: 2,
    companyName: 'Acme',
    companyDomain: 'acme',
    userName: 'Ada',
    email: 'ada@example.com',
    isAdmin: true,
  },
  reference: 'tenant',
  sessions: 'grant-1',
  history,
}
const cooldown = { until: now, failures: 1, code: 'token_endpoint_timeout' } as const
const holding = { ...installed, tokens, cooldown, contested: true } as const

/** States in which every field of a record is present. */
const everyState: readonly InstallationState[] = [
  holding,
  { ...holding, status: 'refreshing', lease: { holder: 'h', until: now } },
  { ...holding, status: 'in_doubt', until: now },
  {
    ...installed,
    status: 'reauthorization_required',
    reason: 'invalid_grant',
    refusedAt: now,
    refused: { refreshToken: 'r', obtainedAt: now },
  },
]

test.each(everyState)('a record has one letter for each name: $status', (state) => {
  const names: string[] = []
  JSON.stringify(payloadOf(state), (name, value: unknown) => {
    names.push(name)
    return value
  })
  // JSON.stringify() begins with an empty name for the whole; the numbers are the places of scopes.
  expect(names.length).toBeGreaterThan(10)
  expect(names.slice(1).filter((name) => !/^([a-zA-Z]|\d+)$/.test(name))).toEqual([])
  expect(v.parse(installationState, payloadOf(state))).toEqual(state)
})
