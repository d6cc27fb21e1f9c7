import type { Backend } from '../backend.ts'
import type { CallFilter } from '../call-log.ts'
import { object, refuseUnless } from '../check/check.ts'
import { callFilter } from '../check/fault-checks.ts'
import { refuseUnknownUser } from '../directory.ts'
import type { Controls } from './controls.ts'

type Reading = (query: URLSearchParams) => unknown

/** What `GET /__fake/…` returns, by name. */
export function readings(
  backend: Backend,
  { log, faults, administration }: Controls,
): Record<string, Reading> {
  const { app, clock, directory } = backend
  const plain =
    (name: string, read: () => unknown): Reading =>
    (query) => {
      refuseUnless(object({}), Object.fromEntries(query), `GET /__fake/${name}`)
      return read()
    }
  return {
    calls(query) {
      const given: Record<string, unknown> = Object.fromEntries(query)
      const filter = given['status'] === undefined ? given : { ...given, status: Number(given['status']) }
      refuseUnless(callFilter, filter, 'GET /__fake/calls')
      refuseUnknownUser(directory, (filter as CallFilter).user, 'GET /__fake/calls')
      return log.matching(filter as CallFilter)
    },
    installations: plain('installations', () => administration.installations()),
    users: plain('users', () => directory.users),
    companies: plain('companies', () => directory.companies),
    faults: plain('faults', () =>
      faults.pending.map((plan) => ({ ...plan, times: plan.times === Infinity ? 'Infinity' : plan.times })),
    ),
    clock: plain('clock', () => ({ now: clock.now() })),
    app: plain('app', () => app),
  }
}
