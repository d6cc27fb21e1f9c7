import { expect, test } from 'vitest'
import { checkHistory } from '../src/soak/check-history.ts'
import type { Operation, Rest, SoakHistory, TokenAnswer, TokenRequest } from '../src/soak/history.ts'

const id = '1000:1'
const policy = { requestTimeoutMs: 2_000, clockSkewMs: 100, cooldownMs: 200, staleMs: 300, freshMs: 3_000 }
const stored = { id, dueAt: 90_000, token: 'second', serves: id } as const
const restOf = (changes: Partial<Rest> = {}): Rest => ({
  at: 60_000,
  records: [stored],
  listed: [id],
  listedForAttention: [],
  due: [id],
  attentionCount: 0,
  dueCount: 1,
  ...changes,
})
const nobody: Partial<Rest> = { records: [], listed: [], due: [], dueCount: 0 }

const operation = (kind: Operation['kind'], from: number, more: Partial<Operation> = {}): Operation => ({
  process: 1,
  kind,
  id,
  from,
  until: from + 50,
  outcome: 'ok',
  ...more,
})
const request = (number: number, sentAt: number, more: Partial<TokenRequest> = {}): TokenRequest => ({
  process: 1,
  request: number,
  id,
  grantType: 'refresh_token',
  refreshToken: 'r1',
  sentAt,
  endedAt: sentAt + 20,
  abandoned: false,
  status: 200,
  faults: [],
  ...more,
})
const answer = (
  number: number,
  from: number,
  token: string,
  more: Partial<TokenAnswer> = {},
): TokenAnswer => ({
  process: 1,
  request: number,
  from,
  until: from + 30,
  token,
  ...more,
})

const adopted = operation('adopt', 1_000, { token: 'first' })
/** A user who is adopted, whose token is renewed once, and who stays. */
const sound: SoakHistory = {
  policy,
  killedAt: new Map(),
  outages: [],
  operations: [adopted, operation('token', 5_000, { token: 'second' })],
  requests: [request(1, 5_000)],
  answers: [answer(1, 5_000, 'second')],
  rest: restOf(),
}
const withOperations = (...more: readonly Operation[]): SoakHistory => ({
  ...sound,
  operations: [...sound.operations, ...more],
})
const withRequests = (...requests: readonly TokenRequest[]): SoakHistory => ({ ...sound, requests })
const uninstalled = operation('uninstall', 10_000)
const gone = (...more: readonly Operation[]): SoakHistory => ({
  ...withOperations(uninstalled, ...more),
  rest: restOf(nobody),
})

const faults: Record<string, readonly [SoakHistory, string]> = {
  'two requests in flight with one refresh token': [
    withRequests(request(1, 5_000, { endedAt: 6_000 }), request(2, 5_500, { process: 2 })),
    'in flight',
  ],
  'a request while that of a killed process may still spend the token': [
    withRequests(
      request(1, 5_000, { abandoned: true, status: undefined, endedAt: 5_010 }),
      request(2, 6_000, { process: 2 }),
    ),
    'in flight',
  ],
  'a request although the tokens still serve': [
    withRequests(request(1, 5_000), request(2, 6_000, { process: 2 })),
    'without need',
  ],
  'a request inside the cooldown of a failure': [
    withRequests(request(1, 5_000, { status: 503 }), request(2, 5_080)),
    'without need',
  ],
  'a token after an acknowledged uninstall': [
    gone(operation('token', 11_000, { process: 2, token: 'second' })),
    'after the uninstall',
  ],
  'a call of the API after an acknowledged uninstall': [
    gone(operation('call', 11_000, { process: 2, owner: id })),
    'after the uninstall',
  ],
  'an installation that is refused although it exists': [
    withOperations(operation('token', 20_000, { outcome: 'not_installed' })),
    'failed with not_installed',
  ],
  'a grant that is given up although it lives': [
    withOperations(operation('refresh', 20_000, { outcome: 'reauthorization_required' })),
    'failed with reauthorization_required',
  ],
  'the data of somebody else': [
    withOperations(operation('call', 20_000, { owner: '1000:2' })),
    'belongs to 1000:2',
  ],
  'a store that fails without a restart': [
    withOperations(operation('token', 20_000, { outcome: 'store_unavailable' })),
    'failed with store_unavailable',
  ],
  'an error of something else than the library': [
    withOperations(operation('token', 20_000, { outcome: 'TypeError: x is undefined' })),
    'failed with TypeError',
  ],
  'a call that is unauthorized although nobody revoked': [
    withOperations(operation('call', 20_000, { outcome: 'http 401' })),
    'failed with http 401',
  ],
  'an acknowledged install that is lost': [{ ...sound, rest: restOf(nobody) }, 'has no record'],
  'an uninstalled record that is back': [{ ...gone(), rest: restOf() }, 'its record is there'],
  'an installation that serves nobody': [
    { ...sound, rest: restOf({ records: [{ ...stored, serves: 'reauthorization_required' }] }) },
    'serves reauthorization_required',
  ],
  'an installation that serves somebody else': [
    { ...sound, rest: restOf({ records: [{ ...stored, serves: '1000:2' }] }) },
    'serves 1000:2',
  ],
  'an older token in the record': [
    { ...sound, rest: restOf({ records: [{ ...stored, token: 'first' }] }) },
    'another token',
  ],
  'a list that lacks a record': [{ ...sound, rest: restOf({ listed: [] }) }, 'list() lacks'],
  'a list that repeats a record': [{ ...sound, rest: restOf({ listed: [id, id] }) }, 'list() gives'],
  'a list of a record that is gone': [
    { ...gone(), rest: restOf({ ...nobody, listed: [id] }) },
    'list() gives',
  ],
  'a mark that the index does not know': [
    { ...sound, rest: restOf({ records: [{ ...stored, attention: true }], attentionCount: 1 }) },
    'need attention lacks',
  ],
  'a due date that the index does not know': [{ ...sound, rest: restOf({ due: [] }) }, 'due() lacks'],
  'due dates in the wrong order': [
    {
      ...sound,
      rest: restOf({
        records: [stored, { ...stored, id: '1000:2', dueAt: 80_000, serves: '1000:2' }],
        listed: [id, '1000:2'],
        due: [id, '1000:2'],
        dueCount: 2,
      }),
    },
    'does not begin with the soonest',
  ],
  'a wrong count of those that need attention': [
    { ...sound, rest: restOf({ attentionCount: 1 }) },
    'count({ attention }) is 1',
  ],
  'a wrong count of those that are due': [
    { ...sound, rest: restOf({ dueCount: 7 }) },
    'count({ dueBefore }) is 7',
  ],
}

test.each(Object.entries(faults))('a recorded history that shows %s is found', (_, [history, problem]) => {
  const problems = checkHistory(history)

  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain(problem)
})

const innocent: Record<string, SoakHistory> = {
  'of a sound run': sound,
  'in which a refresh was asked for': {
    ...withOperations(operation('refresh', 5_990)),
    requests: [request(1, 5_000), request(2, 6_000)],
    answers: [answer(1, 5_000, 'first'), answer(2, 6_000, 'second')],
  },
  'in which a process hands out a token from memory for a moment': gone(
    operation('token', 10_200, { process: 2, token: 'second' }),
  ),
  'in which a process remembers a token while the store is down': {
    ...gone(operation('token', 11_000, { process: 2, token: 'second' })),
    outages: [{ from: 10_500, until: 11_500 }],
  },
  'in which the store is down': {
    ...withOperations(operation('token', 20_000, { outcome: 'store_unavailable' })),
    outages: [{ from: 19_900, until: 20_500 }],
  },
  'in which a process was killed while it installed': {
    ...sound,
    operations: [operation('install', 1_000, { until: undefined, outcome: undefined })],
    killedAt: new Map([[1, 1_500]]),
    requests: [],
    answers: [],
    rest: restOf(nobody),
  },
  'in which the last holder was killed before it saved': {
    ...sound,
    killedAt: new Map([[2, 9_100]]),
    requests: [request(1, 5_000), request(1, 9_000, { process: 2 })],
    answers: [answer(1, 5_000, 'second'), answer(1, 9_000, 'third', { process: 2 })],
  },
  'in which the last holder was killed after it saved': {
    ...sound,
    killedAt: new Map([[2, 9_100]]),
    requests: [request(1, 5_000), request(1, 9_000, { process: 2 })],
    answers: [answer(1, 5_000, 'first'), answer(1, 9_000, 'second', { process: 2 })],
  },
  'in which a user left': gone(operation('token', 11_000, { outcome: 'not_installed' })),
}

test.each(Object.entries(innocent))('a recorded history %s is no fault', (_, history) => {
  expect(checkHistory(history)).toEqual([])
})
