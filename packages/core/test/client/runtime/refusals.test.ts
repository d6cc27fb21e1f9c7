import { expect, test } from 'vitest'
import { manualClock } from '@pd/fake-pipedrive'
import { Log } from '../../../src/client/runtime/log.ts'
import { Refusals } from '../../../src/client/runtime/refusals.ts'
import type { Settings } from '../../../src/client/runtime/settings.ts'
import {
  CallbackError,
  ConfigurationError,
  ReauthorizationRequiredError,
  StoreError,
  type LogDetails,
  type OAuthEvent,
} from '../../../src/index.ts'

function createRefusals() {
  const lines: { level: string; details: LogDetails; message: string }[] = []
  const events: OAuthEvent[] = []
  const clock = manualClock(1_000)
  const log = new Log(
    {
      error: (message, details) => void lines.push({ level: 'error', details, message }),
      warn: (message, details) => void lines.push({ level: 'warn', details, message }),
    },
    () => clock.now(),
  )
  const settings = { log, clock, emit: (event: OAuthEvent) => void events.push(event) }
  return { lines, events, refusals: new Refusals(settings as unknown as Settings) }
}

const unavailable = new StoreError('store_unavailable', 'The token store failed in get().')
const request = new Request(`https://app.example.com/${'deals/'.repeat(60)}?code=secret`)
const route = `/${'deals/'.repeat(60)}`.slice(0, 200)

test('a refusal is an event with the status, the method and the route without its query', () => {
  const { events, lines, refusals } = createRefusals()
  refusals.tell({ error: unavailable, request, status: 503, since: 400, isRoute: false })
  const facts = { status: 503, method: 'GET', route, durationMs: 600 }
  expect(events).toEqual([{ type: 'request_refused', code: 'store_unavailable', ...facts }])
  expect(lines).toMatchObject([{ level: 'error', details: { code: 'store_unavailable', ...facts } }])
})

test('a refusal of unknown age has no duration, and an installation only where there is one', () => {
  const { events, refusals } = createRefusals()
  const error = new ReauthorizationRequiredError('not_installed', '1:2')
  refusals.tell({ error, request, status: error.status, isRoute: false })
  expect(events).toEqual([
    {
      type: 'request_refused',
      code: error.code,
      installationId: '1:2',
      status: error.status,
      method: 'GET',
      route,
    },
  ])
})

test.each([
  [500, false, ['error']],
  [500, true, ['error']],
  [499, true, ['warn']],
  [400, true, ['warn']],
  [499, false, []],
  [400, false, []],
])('an answer with %d, of a route: %s, writes the lines %j', (status, isRoute, levels) => {
  const { events, lines, refusals } = createRefusals()
  refusals.tell({ error: new CallbackError('state_mismatch'), request, status, isRoute })
  expect(events).toHaveLength(1)
  expect(lines.map(({ level }) => level)).toEqual(levels)
})

test.each([
  [true, []],
  [false, ['warn']],
])('a user whom another consent may help: %s; lines: %j', (consentMayHelp, levels) => {
  const { lines, refusals } = createRefusals()
  const error = new ReauthorizationRequiredError('scopes_missing', '1:2', { consentMayHelp })
  refusals.tell({ error, request, status: 403, isRoute: false })
  expect(lines.map(({ level }) => level)).toEqual(levels)
})

test('an answer below 400 is no refusal', () => {
  const { events, lines, refusals } = createRefusals()
  refusals.tell({ error: unavailable, request, status: 399, isRoute: true })
  expect([...events, ...lines]).toEqual([])
})

test('a failure beyond HTTP is a line only if no user is at fault', () => {
  const { lines, refusals } = createRefusals()
  refusals.tellFailure('a handler of ws failed', new ReauthorizationRequiredError('not_installed', '1:2'))
  expect(lines).toEqual([])
  refusals.tellFailure('a handler of ws failed', unavailable)
  refusals.tellFailure('a handler of ws failed', new ConfigurationError(['its first problem']))
  expect(lines).toMatchObject([
    { level: 'error', details: { code: 'store_unavailable' } },
    { level: 'error', details: { code: 'invalid_configuration' } },
  ])
  expect(lines[0]?.message).toContain('a handler of ws failed')
})

test('a user who sees the consent page again is told about, without the query', () => {
  const { lines, refusals } = createRefusals()
  refusals.tellRestart(request)
  refusals.tellRestart(request, new CallbackError('state_mismatch'))
  expect(lines).toMatchObject([
    { level: 'warn', details: { code: 'session_lost', method: 'GET', route } },
    { level: 'warn', details: { code: 'state_mismatch', method: 'GET', route } },
  ])
  expect(lines[0]?.message).toContain('The user connected less than a minute ago')
  expect(JSON.stringify(lines)).not.toContain('secret')
})
