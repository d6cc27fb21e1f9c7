import { describe, expect, test } from 'vitest'
import { logEvent } from '../../../src/client/runtime/log-event.ts'
import { Log } from '../../../src/client/runtime/log.ts'
import type { Report } from '../../../src/client/runtime/oauth-event.ts'
import type { LogDetails } from '../../../src/index.ts'

interface Line {
  readonly level: string
  readonly message: string
  readonly details: LogDetails
}

function linesOf(...events: readonly Report[]): readonly Line[] {
  const lines: Line[] = []
  const writes = (level: string) => (message: string, details: LogDetails) =>
    void lines.push({ level, message, details })
  const log = new Log({ error: writes('error'), warn: writes('warn'), info: writes('info') }, () => 1_000)
  for (const event of events) logEvent(log, event)
  return lines
}

const about = { installationId: '1:2', reference: 'tenant-7', durationMs: 12, cause: 'ECONNREFUSED' } as const
const counts = { refreshed: 3, skipped: 0, failed: 0, forgotten: 0, absent: 0, durationMs: 9, codes: [] }

describe('a line for each event that nobody else hears of', () => {
  test.each<[level: string, code: string, words: string, action: string, event: Report]>([
    [
      'error',
      'store_unavailable',
      'new tokens could not be saved',
      'Check that the store runs',
      { ...about, type: 'save_failed', code: 'store_unavailable' },
    ],
    [
      'warn',
      'store_unavailable',
      'the store does not answer, and a token from memory was used',
      '',
      { ...about, type: 'served_without_store', code: 'store_unavailable' },
    ],
    [
      'warn',
      'token_endpoint_timeout',
      'a refresh in the background failed. It is tried again',
      'oauth.pipedrive.com',
      {
        ...about,
        type: 'refresh_failed',
        code: 'token_endpoint_timeout',
        failures: 1,
        retryAfterMs: 0,
        inBackground: true,
      },
    ],
    [
      'warn',
      'reauthorization_required',
      'a refresh in the background was refused',
      '',
      { ...about, type: 'reauthorization_required', reason: 'invalid_grant', inBackground: true },
    ],
    [
      'warn',
      'client_secret_outdated',
      'Pipedrive rejected the first client secret and accepted another one',
      'Put the accepted one first in clientSecret.',
      { ...about, type: 'client_secret_outdated' },
    ],
    [
      'warn',
      'untrusted_api_domain',
      'Pipedrive named an API domain that must not get tokens. The previous one is used',
      'Set endpoints.api',
      { ...about, type: 'untrusted_api_domain', apiDomain: 'https://elsewhere.example' },
    ],
    [
      'warn',
      'scopes_missing',
      'a user has not granted these scopes: deals:read, users:read',
      'Add them to the app in the Developer Hub',
      { ...about, type: 'scopes_missing', scopes: ['deals:read', 'users:read'] },
    ],
    [
      'info',
      'uninstalled',
      'a user has uninstalled the app, and the record is deleted',
      'Nothing. To use the app again, the user connects again.',
      { ...about, type: 'uninstalled', account: { companyId: 1, userId: 2 }, by: 'user' },
    ],
    [
      'warn',
      'store_unavailable',
      'the store failed in changed(). Records are polled instead',
      'Check that the store runs',
      { ...about, type: 'store_failed', operation: 'changed', code: 'store_unavailable', inBackground: true },
    ],
    [
      'warn',
      'store_unavailable',
      'the store failed in due(). It is asked again',
      'Check that the store runs',
      { ...about, type: 'store_failed', operation: 'due', code: 'store_unavailable', inBackground: true },
    ],
    [
      'warn',
      'store_unavailable',
      'the store does not tell of changes any more',
      'Check that the store runs',
      { ...about, type: 'watch_lost', code: 'store_unavailable' },
    ],
  ])('%s, %s: %s', (level, code, words, action, event) => {
    const lines = linesOf(event)
    expect(lines).toMatchObject([{ level, details: { ...about, code } }])
    expect(lines[0]?.message).toContain(words)
    expect(lines[0]?.details.action).toContain(action)
    expect(lines[0]?.details.action.length).toBeGreaterThan(10)
  })
})

test.each<Report>([
  { ...about, type: 'refresh_failed', code: 'token_endpoint_timeout', failures: 1, retryAfterMs: 0 },
  { ...about, type: 'reauthorization_required', reason: 'invalid_grant' },
  { ...about, type: 'store_failed', operation: 'get', code: 'store_unavailable' },
  { ...about, type: 'uninstalled', account: { companyId: 1, userId: 2 }, by: 'app' },
  { ...about, type: 'refresh_started' },
  { ...about, type: 'save_recovered' },
  { type: 'watch_restored', durationMs: 5 },
])('no line for what a caller hears of, or what is no fault: %j', (event) => {
  expect(linesOf(event)).toEqual([])
})

describe('a run of keepAlive()', () => {
  const lineOf = (more: Partial<Extract<Report, { type: 'kept_alive' }>>) =>
    linesOf({ ...counts, type: 'kept_alive', ...more })

  test('that refreshed all is no line, nor is one that its caller ended', () => {
    expect(lineOf({})).toEqual([])
    expect(lineOf({ stopped: { reason: 'signal' } })).toEqual([])
  })

  test('that could not refresh some is one, with the reasons', () => {
    const lines = lineOf({ failed: 2, codes: ['api_unavailable', 'store_unavailable'] })
    expect(lines).toMatchObject([{ level: 'warn', details: { code: 'keep_alive_incomplete' } }])
    expect(lines[0]?.message).toContain(
      'could not refresh 2 of 5 installations: api_unavailable, store_unavailable (keep',
    )
    expect(lineOf({ failed: 2, stopped: { reason: 'signal' } })[0]?.message).toContain(
      'could not refresh 2 of 5 installations (keep',
    )
  })

  test('that ended early is one, also if nothing failed', () => {
    expect(lineOf({ stopped: { reason: 'rate_limit' } })[0]?.message).toContain(
      'could not refresh 0 of 3 installations, and ended early (rate_limit) (keep',
    )
  })
})

test('what endangers the records is an error, a warning, or no line', () => {
  const findings = (['problem', 'warning', 'unchecked'] as const).map((status) => ({
    status,
    found: `It is a ${status}.`,
    fix: `Mend the ${status}.`,
  }))
  expect(linesOf({ type: 'store_endangered', findings })).toMatchObject([
    { level: 'error', details: { code: 'store_endangered', action: 'Mend the problem.' } },
    { level: 'warn', details: { code: 'store_endangered', action: 'Mend the warning.' } },
  ])
  expect(linesOf({ type: 'store_endangered', findings })[0]?.message).toContain(
    'the token store may lose records: It is a problem (store_endangered)',
  )
})

test('a store that fails is told of once a minute for each of its methods', () => {
  const failed = (operation: 'due' | 'list') =>
    ({
      type: 'store_failed',
      operation,
      code: 'store_unavailable',
      durationMs: 1,
      inBackground: true,
    }) as const
  expect(linesOf(failed('due'), failed('due'), failed('list'))).toHaveLength(2)
})
