import type { HistoryEntry, InstallationDescription } from '@pd/oauth-core'
import { describe, expect, test } from 'vitest'
import { historySentence } from '../src/explain/history-sentence.ts'
import { nextSteps } from '../src/explain/next-steps.ts'

const now = Date.UTC(2026, 0, 2, 10)
const day = 86_400_000

/** Every kind of change. The compiler knows when one is missing. */
const kinds: Readonly<Record<HistoryEntry['kind'], true>> = {
  installed: true,
  adopted: true,
  refreshed: true,
  rival_token_adopted: true,
  lease_taken_over: true,
  refresh_contested: true,
  reauthorization_required: true,
  access_token_revoked: true,
  sessions_ended: true,
  reference_changed: true,
  token_endpoint_unavailable: true,
  token_endpoint_timeout: true,
  malformed_response: true,
  request_rejected: true,
  client_rejected: true,
}

const entry = (kind: HistoryEntry['kind'], count = 1): HistoryEntry => ({
  kind,
  count,
  at: now,
  firstAt: now - (count - 1) * day,
  process: 7,
})

describe('historySentence()', () => {
  test('has a sentence of its own for every kind of change', () => {
    const names = Object.keys(kinds) as HistoryEntry['kind'][]
    const sentences = names.map((kind) => historySentence(entry(kind)))
    expect(new Set(sentences).size).toBe(names.length)
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].* .*\.$/)
  })

  test('counts runs', () => {
    expect(historySentence(entry('refreshed', 3))).toBe(
      'The tokens were refreshed 3 times since 2025-12-31 10:00:00 UTC.',
    )
    expect(historySentence(entry('token_endpoint_timeout', 2))).toBe(
      'A refresh failed 2 times since 2026-01-01 10:00:00 UTC: Pipedrive’s token endpoint did not answer in time. The tokens were kept.',
    )
  })
})

describe('nextSteps()', () => {
  const sound: InstallationDescription = {
    id: '1001:11',
    status: 'active',
    account: { companyId: 1001, userId: 11 },
    installedAt: now - day,
    needsAttention: false,
    refreshes: 0,
    scopes: ['base'],
    missingScopes: [],
    refreshTokenExpiresAt: now + 59 * day,
  }
  const cooldown = (
    code: NonNullable<InstallationDescription['cooldown']>['code'],
    until = now + 30_000,
  ) => ({
    cooldown: { code, until, failures: 4 },
  })

  test.each<[string, Partial<InstallationDescription>, RegExp[]]>([
    ['a sound one', {}, []],
    [
      'a refused one',
      { status: 'reauthorization_required' },
      [/connect again.*: pd-oauth reconnect-link 1001:11$/],
    ],
    ['one in doubt', { status: 'in_doubt' }, [/^Try again in a minute/]],
    ['one after an outage', cooldown('token_endpoint_unavailable'), [/next refresh can start in 30 seconds/]],
    ['one whose cooldown is over', cooldown('malformed_response', now), [/starts with the next call/]],
    ['one with a wrong secret', cooldown('client_rejected'), [/Developer Hub: pd-oauth doctor$/]],
    ['one that Pipedrive calls malformed', cooldown('request_rejected'), [/^Report this as a bug/]],
    [
      'one that lacks scopes',
      { missingScopes: ['deals:full'] },
      [/not granted deals:full\..*reconnect-link/],
    ],
    [
      'one that expires soon',
      { refreshTokenExpiresAt: now + 3 * day },
      [/expires in 3 days .*pd-oauth keep-alive$/],
    ],
    [
      'one with several problems',
      { ...cooldown('client_rejected'), missingScopes: ['base'], refreshTokenExpiresAt: now + day },
      [/doctor/, /base/, /in 1 day /],
    ],
  ])('of %s', (_, change, expected) => {
    const steps = nextSteps({ ...sound, ...change }, [], { keepAliveWithinMs: 15 * day }, now)
    expect(steps).toEqual(expected.map((pattern) => expect.stringMatching(pattern)))
  })

  const minute = 60_000
  test.each<[string, readonly number[], boolean]>([
    ['three within ten minutes', [20, 15, 10], true],
    ['three within ten minutes, between others', [600, 300, 15, 11, 5], true],
    ['three within eleven minutes', [21, 15, 10], false],
    ['two', [1, 0], false],
    ['three within ten minutes, two days ago', [2_890, 2_888, 2_884], false],
  ])('says what sends a user to the consent page again and again: %s', (_, minutesAgo, isTold) => {
    const history = minutesAgo.map((ago) => ({ ...entry('installed'), at: now - ago * minute }))
    const steps = nextSteps(sound, [...history, entry('refreshed')], { keepAliveWithinMs: 15 * day }, now)
    expect(steps).toEqual(isTold ? [expect.stringMatching(/does not keep the session cookie/)] : [])
  })
})
