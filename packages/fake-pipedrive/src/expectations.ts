import type { Administration } from './administration.ts'
import type { Backend } from './backend.ts'
import type { Call, CallFilter, CallLog } from './call-log.ts'
import { refuseUnless, wholeNumber, type Check } from './check/check.ts'
import { callFilter, tokenRequestFilter } from './check/fault-checks.ts'
import { installationIdOf, refuseUnknownUser, type UserRef } from './directory.ts'
import type { FaultDirector } from './faults/fault-script.ts'
import type { Installation } from './installation.ts'

/** Assertions for any test runner. Each throws a `FakeAssertionError` that shows what the fake received instead. */
export interface Expectations {
  /** Expects this many requests to the token endpoint that meet the filter. Default: all. */
  expectTokenRequests(count: number, filter?: Omit<CallFilter, 'endpoint'>): void
  /** Expects this many requests that meet the filter, to any endpoint. Default: all. */
  expectCalls(count: number, filter?: CallFilter): void
  /** Expects that a user has installed the app, and returns the installation. Default: the first user. */
  expectInstalled(user?: UserRef): Installation
  /** Expects that a user has not installed the app. Default: the first user. */
  expectNotInstalled(user?: UserRef): void
  /**
   * Expects that every fault of the script has struck as often as it should, and one with `times: Infinity` at least once,
   * so that no test passes without its fault.
   */
  expectFaultsStruck(): void
}

/** An assertion of the fake that does not hold. Test runners show `actual` and `expected`. */
export class FakeAssertionError extends Error {
  override readonly name = 'AssertionError'
  readonly code = 'ERR_ASSERTION'
  readonly actual: unknown
  readonly expected: unknown

  constructor(message: string, actual: unknown, expected: unknown) {
    super(message)
    this.actual = actual
    this.expected = expected
  }
}

export function createExpectations(
  { directory }: Backend,
  log: CallLog,
  faults: Pick<FaultDirector, 'unstruck'>,
  administration: Administration,
): Expectations {
  const check = (what: Check, filter: CallFilter, caller: string) => {
    refuseUnless(what, filter, caller)
    refuseUnknownUser(directory, filter.user, caller)
  }
  const expectCount = (what: string, count: number, filter: CallFilter, conditions: object) => {
    const matching = log.matching(filter)
    if (matching.length === count) return
    const those = Object.keys(conditions).length === 0 ? '' : ` with ${described(conditions)}`
    const wanted = `Expected ${count} ${count === 1 ? what : `${what}s`}${those}`
    const others = log.calls.length - matching.length
    const lists = [
      `but the fake received ${matching.length === 0 ? 'none' : `${matching.length}:`}`,
      ...matching.map(line),
      ...(others > 0
        ? ['Other requests:', ...log.calls.filter((call) => !matching.includes(call)).map(line)]
        : []),
    ]
    throw new FakeAssertionError(`${wanted}, ${lists.join('\n')}`, matching.length, count)
  }

  return {
    expectTokenRequests(count, filter = {}) {
      refuseUnless(counted, count, 'expectTokenRequests()')
      check(tokenRequestFilter, filter, 'expectTokenRequests()')
      expectCount('token request', count, { ...filter, endpoint: 'token' }, filter)
    },
    expectCalls(count, filter = {}) {
      refuseUnless(counted, count, 'expectCalls()')
      check(callFilter, filter, 'expectCalls()')
      expectCount('request', count, filter, filter)
    },
    expectInstalled(ref) {
      const user = directory.user(ref)
      const all = administration.installations()
      const found = all.find(({ id }) => id === installationIdOf(user))
      if (found) return found
      const named = `${user.name} (${installationIdOf(user)})`
      const ids = all.map(({ id }) => id)
      throw new FakeAssertionError(
        `Expected that ${named} has installed the app, but ${ids.length === 0 ? 'nobody has' : `only ${ids.join(', ')} has`}`,
        ids,
        installationIdOf(user),
      )
    },
    expectNotInstalled(ref) {
      const id = installationIdOf(directory.user(ref))
      const found = administration.installations().find((installation) => installation.id === id)
      if (!found) return
      const since = new Date(found.installedAt).toISOString()
      throw new FakeAssertionError(
        `Expected that ${id} has not installed the app, but it has, since ${since}`,
        id,
        undefined,
      )
    },
    expectFaultsStruck() {
      const waiting = faults.unstruck
      if (waiting.length === 0) return
      const plans = waiting.map((plan) => `  ${described(plan)}`)
      throw new FakeAssertionError(
        [
          `Expected that every fault has struck, but ${waiting.length} still waits for a call:`,
          ...plans,
          'Requests so far:',
          ...log.calls.map(line),
        ].join('\n'),
        waiting.length,
        0,
      )
    },
  }
}

const counted = wholeNumber(0)

/** Returns a line about a call, without its tokens. */
function line(call: Call): string {
  const { method, path, grantType, user, status, outcome, error, faults } = call
  const time = new Date(call.at).toISOString().slice(11, 23)
  const by = user ? ` by ${user.name} (${installationIdOf(user)})` : ''
  const because = faults.length > 0 ? `, fault: ${faults.join(', ')}` : ''
  const answer = [status ?? outcome, error].filter((part) => part !== undefined).join(' ')
  return `  ${time} ${method} ${path}${grantType ? ` ${grantType}` : ''}${by}: ${answer}${because}`
}

/** Returns conditions as text. */
function described(conditions: object): string {
  const shown = (value: unknown) =>
    typeof value === 'object' && !(value instanceof RegExp) ? JSON.stringify(value) : String(value)
  return Object.entries(conditions)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${shown(value)}`)
    .join(', ')
}
