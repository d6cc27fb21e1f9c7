import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { OAuthEvent } from '../../src/index.ts'

/** Every type of the union. The compiler knows when one is missing. */
const types: Readonly<Record<OAuthEvent['type'], true>> = {
  installed: true,
  refreshed: true,
  rival_token_adopted: true,
  lease_taken_over: true,
  refresh_failed: true,
  refresh_contested: true,
  reauthorization_required: true,
  reference_changed: true,
  uninstalled: true,
  forgotten: true,
  refresh_started: true,
  refresh_discarded: true,
  waited: true,
  scopes_missing: true,
  save_failed: true,
  save_recovered: true,
  served_without_store: true,
  untrusted_api_domain: true,
  uninstall_ignored: true,
  sharing_changed: true,
  consent_started: true,
  consent_failed: true,
  store_failed: true,
  store_endangered: true,
  watch_lost: true,
  watch_restored: true,
  api_response: true,
  rate_limited: true,
  kept_alive: true,
  request_refused: true,
  client_secret_outdated: true,
}

const document = readFileSync(new URL('../../../../docs/reference/events.md', import.meta.url), 'utf8')
const rows = [...document.matchAll(/^\| `(\w+)` +\| (.+?) +\| (.+?) +\|$/gm)]

test('F76 docs/reference/events.md lists every event once, and no other', () => {
  expect(rows.map(([, type]) => type).toSorted()).toEqual(Object.keys(types).toSorted())
})

test('F76 docs/reference/events.md says of every event when it comes and what to do', () => {
  for (const [, , when, what] of rows)
    expect([when, what]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)])
})
