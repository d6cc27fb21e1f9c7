import { diag, DiagLogLevel, SpanStatusCode } from '@opentelemetry/api'
import type { InstallationId, OAuthEvent } from '@pd/oauth-core'
import { expect, onTestFinished, test } from 'vitest'
import { attributeNames, spanNames } from '../src/index.ts'
import { recordSpans } from '../src/record-spans.ts'
import { openTelemetry } from './open-telemetry.ts'

const at = 1_800_000_000_000
const installationId = '1001:11'
const seconds = at / 1_000
const about = {
  [attributeNames.installationId]: installationId,
  [attributeNames.reference]: 'tenant-7',
}
const started: OAuthEvent = { at, installationId, reference: 'tenant-7', type: 'refresh_started' }
const account = { companyId: 1001, userId: 11 }

/** Returns the spans of some events, in the order of their ends. */
function spansOf(...events: readonly OAuthEvent[]) {
  const { tracer, spans } = openTelemetry()
  const record = recordSpans(tracer)
  for (const event of events) record(event)
  return spans()
}

const ends: readonly [event: OAuthEvent, code?: string][] = [
  [{ at, installationId, type: 'refreshed', expiresAt: at }],
  [{ at, installationId, type: 'rival_token_adopted', expiresAt: at }],
  [
    {
      at,
      installationId,
      type: 'refresh_failed',
      code: 'token_endpoint_timeout',
      failures: 1,
      retryAfterMs: 1,
    },
    'token_endpoint_timeout',
  ],
  [{ at, installationId, type: 'refresh_contested', until: at }],
  [{ at, installationId, type: 'reauthorization_required', reason: 'invalid_grant' }, 'invalid_grant'],
  [{ at, installationId, type: 'refresh_discarded', outcome: 'refused' }],
  [{ at, installationId, type: 'save_failed', code: 'store_unavailable' }, 'store_unavailable'],
]

test.each(ends)('a refresh is a span until the event %j', (event, code) => {
  const [span, ...others] = spansOf(started, { ...event, at: at + 2_000 })
  expect(others).toEqual([])
  expect(span).toMatchObject({
    name: spanNames.refresh,
    startTime: [seconds, 0],
    endTime: [seconds + 2, 0],
    status: code === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR },
    events: [],
  })
  expect(span?.status).not.toHaveProperty('message')
  expect(span?.attributes).toEqual({
    ...about,
    [attributeNames.outcome]: event.type,
    ...(code !== undefined && { [attributeNames.errorType]: code }),
  })
})

test('a refresh says when it was taken over from another process', () => {
  const [span] = spansOf(
    started,
    { at: at + 1_000, installationId, type: 'lease_taken_over', leaseEndedAt: at },
    ends[0]![0],
  )
  expect(span?.events).toMatchObject([{ name: 'lease_taken_over', time: [seconds + 1, 0] }])
})

test('what happens to a refresh that did not begin in this process, or has ended, is no span and no warning', () => {
  const warnings: string[] = []
  const warn = (message: string) => void warnings.push(message)
  const ignore = () => {}
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  onTestFinished(() => diag.disable())
  const takenOver: OAuthEvent = { at, installationId, type: 'lease_taken_over', leaseEndedAt: at }
  const ended = ends[0]![0]
  const spans = spansOf(takenOver, ended, started, ended, ended, takenOver)
  expect(spans.map(({ name }) => name)).toEqual([spanNames.refresh])
  expect(warnings).toEqual([])
})

test('a wait links to the last refresh of its installation in this process, if it has one', () => {
  const waited: OAuthEvent = { at, installationId, type: 'waited', durationMs: 500 }
  const [alone] = spansOf(waited)
  expect(alone).toMatchObject({ name: spanNames.wait, startTime: [seconds - 1, 500_000_000], links: [] })
  const [first, second, wait] = spansOf(started, ends[0]![0], started, ends[0]![0], waited)
  expect(wait?.links.map(({ context }) => context.spanId)).toEqual([second?.spanContext().spanId])
  expect(first?.spanContext().spanId).not.toBe(second?.spanContext().spanId)
})

test('the refreshes of the last 1 000 installations are remembered, whichever began first', () => {
  const idOf = (user: number): InstallationId => `1:${user}`
  const begun = (user: number): OAuthEvent => ({ ...started, installationId: idOf(user) })
  const users = Array.from({ length: 1_000 }, (_, index) => index + 1)
  const waits = (...of: number[]) =>
    of.map((user): OAuthEvent => ({ at, installationId: idOf(user), type: 'waited', durationMs: 0 }))
  const linked = (...events: OAuthEvent[]) =>
    spansOf(...events).map(({ attributes, links }) => [
      attributes[attributeNames.installationId],
      links.length,
    ])

  expect(linked(...users.map(begun), ...waits(1, 1_000))).toEqual([
    ['1:1', 1],
    ['1:1000', 1],
  ])
  // The refresh of 1 begins again, so that of 2 is the oldest when another comes.
  expect(linked(...users.map(begun), begun(1), begun(1_001), ...waits(1, 2, 3, 1_001))).toEqual([
    ['1:1', 1],
    ['1:2', 0],
    ['1:3', 1],
    ['1:1001', 1],
  ])
})

test('a consent is a span from its begin, and an adoption makes no span', () => {
  const installed = { at, installationId, type: 'installed', account, scopes: [], firstTime: true } as const
  expect(spansOf(installed)).toEqual([])
  const [consent] = spansOf({ ...installed, reference: 'tenant-7', durationMs: 20_000 })
  expect(consent).toMatchObject({
    name: spanNames.consent,
    startTime: [seconds - 20, 0],
    endTime: [seconds, 0],
    attributes: about,
    status: { code: SpanStatusCode.UNSET },
  })
})

test('a consent that failed is a span with the error and its cause', () => {
  const [consent] = spansOf({
    at,
    type: 'consent_failed',
    code: 'code_refused',
    cause: 'Invalid grant: code is invalid',
  })
  expect(consent).toMatchObject({
    name: spanNames.consent,
    startTime: [seconds, 0],
    status: { code: SpanStatusCode.ERROR, message: 'Invalid grant: code is invalid' },
  })
  expect(consent?.attributes).toEqual({ [attributeNames.errorType]: 'code_refused' })
})

test('a run of keepAlive() is a span, and other events make no span', () => {
  const [run, ...others] = spansOf(
    { at, installationId, type: 'save_recovered', durationMs: 1 },
    {
      at,
      type: 'kept_alive',
      codes: [],
      refreshed: 1,
      skipped: 0,
      failed: 0,
      forgotten: 0,
      absent: 0,
      durationMs: 90_000,
    },
  )
  expect(others).toEqual([])
  expect(run).toMatchObject({
    name: spanNames.keepAlive,
    startTime: [seconds - 90, 0],
    endTime: [seconds, 0],
  })
})
