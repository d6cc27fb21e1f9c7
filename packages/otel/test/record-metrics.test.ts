import type { OAuthEvent } from '@pd/oauth-core'
import { expect, test } from 'vitest'
import { metricNames } from '../src/index.ts'
import { recordMetrics } from '../src/record-metrics.ts'
import { openTelemetry } from './open-telemetry.ts'

const at = 1_800_000_000_000
const installationId = '1001:11'
const code = 'store_unavailable'
const expiresAt = at + 3_600_000
const account = { companyId: 1001, userId: 11 }
const about = { at, installationId, reference: 'tenant-7', durationMs: 1_500 } as const
const counts = { refreshed: 0, skipped: 0, failed: 0, forgotten: 0, absent: 0 }
const keptAlive = { at, type: 'kept_alive', codes: [], ...counts, durationMs: 90_000 } as const

/** A number, or the sum of a histogram, with its attributes. */
type Recorded = readonly [value: number, attributes: Readonly<Record<string, unknown>>]

const outcome = (name: string, more = {}) => ({ 'pipedrive.oauth.outcome': name, ...more })
const change = (name: string) => ({ 'pipedrive.oauth.change': name })
const failed = { 'error.type': code }

const cases: readonly [event: OAuthEvent, Readonly<Record<string, readonly Recorded[]>>][] = [
  [{ ...about, type: 'refreshed', expiresAt }, { refreshDuration: [[1.5, outcome('refreshed')]] }],
  [{ at, installationId, type: 'refreshed', expiresAt }, {}],
  [
    { ...about, type: 'rival_token_adopted', expiresAt },
    { refreshDuration: [[1.5, outcome('rival_token_adopted')]] },
  ],
  [
    { ...about, type: 'refresh_failed', code: 'token_endpoint_timeout', failures: 1, retryAfterMs: 1_000 },
    { refreshDuration: [[1.5, outcome('refresh_failed', { 'error.type': 'token_endpoint_timeout' })]] },
  ],
  [
    { ...about, type: 'refresh_contested', until: at },
    { refreshDuration: [[1.5, outcome('refresh_contested')]] },
  ],
  [
    { ...about, type: 'refresh_discarded', outcome: 'refused' },
    { refreshDuration: [[1.5, outcome('refresh_discarded')]] },
  ],
  // Its refresh was counted at `save_failed`.
  [{ at, installationId, type: 'refresh_discarded', outcome: 'refreshed' }, {}],
  [{ ...about, type: 'save_failed', code }, { refreshDuration: [[1.5, outcome('save_failed', failed)]] }],
  [
    { ...about, type: 'reauthorization_required', reason: 'invalid_grant' },
    {
      refreshDuration: [[1.5, outcome('reauthorization_required', { 'error.type': 'invalid_grant' })]],
      installationChanges: [[1, change('reauthorization_required')]],
    },
  ],
  [
    { at, installationId, type: 'reauthorization_required', reason: 'invalid_grant' },
    { installationChanges: [[1, change('reauthorization_required')]] },
  ],
  [{ ...about, type: 'waited' }, { waitDuration: [[1.5, {}]] }],
  [{ ...about, type: 'waited', code }, { waitDuration: [[1.5, failed]] }],
  [{ ...about, type: 'lease_taken_over', leaseEndedAt: at }, { leaseTakeovers: [[1, {}]] }],
  [
    { ...about, type: 'store_failed', operation: 'get', code },
    { storeFailures: [[1, { 'pipedrive.oauth.operation': 'get', ...failed }]] },
  ],
  [{ ...about, type: 'served_without_store', code }, { servedWithoutStore: [[1, failed]] }],
  [
    { ...about, type: 'installed', account, scopes: [], firstTime: true },
    { consentDuration: [[1.5, outcome('installed')]], installationChanges: [[1, change('installed')]] },
  ],
  [
    { at, installationId, type: 'installed', account, scopes: [], firstTime: false },
    { installationChanges: [[1, change('installed')]] },
  ],
  [
    { ...about, type: 'uninstalled', account, by: 'user' },
    { installationChanges: [[1, change('uninstalled')]] },
  ],
  [{ ...about, type: 'forgotten', account, by: 'age' }, { installationChanges: [[1, change('forgotten')]] }],
  [
    { ...about, type: 'consent_failed', code: 'access_denied' },
    { consentDuration: [[1.5, outcome('consent_failed', { 'error.type': 'access_denied' })]] },
  ],
  [
    {
      at,
      type: 'request_refused',
      code: 'bad_credentials',
      status: 401,
      method: 'DELETE',
      route: '/callback',
    },
    { requestsRefused: [[1, { 'http.response.status_code': 401, 'error.type': 'bad_credentials' }]] },
  ],
  [
    { ...about, type: 'api_response', method: 'GET', path: '/api/v2/deals', status: 200, attempt: 1 },
    { apiDuration: [[1.5, { 'http.request.method': 'GET', 'http.response.status_code': 200 }]] },
  ],
  [
    { ...about, type: 'api_response', method: 'POST', path: '/api/v2/deals', attempt: 2, cause: 'reset' },
    { apiDuration: [[1.5, { 'http.request.method': 'POST', 'error.type': 'no_answer' }]] },
  ],
  [
    { ...about, type: 'rate_limited', limit: 'daily', resetMs: 1 },
    { rateLimited: [[1, { 'pipedrive.oauth.limit': 'daily' }]] },
  ],
  [keptAlive, { keepAliveDuration: [[90, {}]] }],
  [
    {
      ...keptAlive,
      refreshed: 1,
      skipped: 2,
      failed: 3,
      forgotten: 4,
      left: 0,
      soonestExpiryAt: at + 60_000,
    },
    {
      keepAliveDuration: [[90, {}]],
      keepAliveInstallations: [
        [1, outcome('refreshed')],
        [2, outcome('skipped')],
        [3, outcome('failed')],
        [4, outcome('forgotten')],
      ],
      keepAliveLeft: [[0, {}]],
      keepAliveMargin: [[60, {}]],
    },
  ],
  [{ at, type: 'client_secret_outdated' }, {}],
  [{ ...about, type: 'refresh_started' }, {}],
]

test.each(cases)('the event %j is recorded as %j', async (event, expected) => {
  const { meter, metrics } = openTelemetry()
  recordMetrics(meter)(event)
  const recorded = (await metrics()).map(({ descriptor, dataPoints }) => [
    descriptor.name,
    dataPoints.map(({ attributes, value }) => [
      typeof value === 'number' ? value : (value as { readonly sum: number }).sum,
      attributes,
    ]),
  ])
  expect(Object.fromEntries(recorded)).toEqual(
    Object.fromEntries(
      Object.entries(expected).map(([name, points]) => [
        metricNames[name as keyof typeof metricNames],
        points,
      ]),
    ),
  )
})

test('every metric has a unit and a description, and histograms have bounds for what they measure', async () => {
  const { meter, metrics } = openTelemetry()
  const record = recordMetrics(meter)
  for (const [event] of cases) record(event)
  const described = (await metrics()).map(({ descriptor: { name, unit, description }, dataPoints }) => {
    const value = dataPoints[0]?.value as { readonly buckets?: { readonly boundaries: readonly number[] } }
    const { boundaries } = value.buckets ?? {}
    return [name, `${description}, in ${unit}${boundaries ? `: ${boundaries.join(' ')}` : ''}`]
  })
  expect(Object.fromEntries(described)).toMatchInlineSnapshot(`
    {
      "pipedrive.oauth.api.duration": "Requests to the API of Pipedrive, in s: 0.005 0.025 0.1 0.25 0.5 1 2.5 5 10 30 60",
      "pipedrive.oauth.consent.duration": "Users who came back from the consent page, in s: 1 5 15 30 60 120 300 600 1800 3600",
      "pipedrive.oauth.installation.changes": "What happened to installations, in {installation}",
      "pipedrive.oauth.keep_alive.duration": "Runs of keepAlive(), in s: 1 5 15 30 60 120 300 600 1800 3600",
      "pipedrive.oauth.keep_alive.installations": "Installations that runs of keepAlive() came to, in {installation}",
      "pipedrive.oauth.keep_alive.left": "Installations still due after the last run of keepAlive(), in {installation}",
      "pipedrive.oauth.keep_alive.margin": "How long the first refresh token of these was still valid, in s",
      "pipedrive.oauth.lease_takeovers": "Refreshes taken over from a process that did not end them, in {refresh}",
      "pipedrive.oauth.rate_limited": "Answers 429 of the API of Pipedrive, in {response}",
      "pipedrive.oauth.refresh.duration": "Refreshes of this process, in s: 0.005 0.025 0.1 0.25 0.5 1 2.5 5 10 30 60",
      "pipedrive.oauth.requests_refused": "Requests answered with an error of this library, in {request}",
      "pipedrive.oauth.served_without_store": "Tokens handed out from memory because the store did not answer, in {token}",
      "pipedrive.oauth.store.failures": "Calls to the token store that failed, in {call}",
      "pipedrive.oauth.wait.duration": "Waits for a refresh of another process, in s: 0.005 0.025 0.1 0.25 0.5 1 2.5 5 10 30 60",
    }
  `)
})
