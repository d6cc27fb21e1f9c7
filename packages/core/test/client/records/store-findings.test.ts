import { afterEach, describe, expect, test, vi } from 'vitest'
import type { OAuthEvent, StoreFinding, TokenStore } from '../../../src/index.ts'
import { createScene, failure } from '../../flow/scene.ts'

const evicting: StoreFinding = { status: 'problem', found: 'The server deletes records.', fix: 'Forbid it.' }
const unsaved: StoreFinding = { status: 'warning', found: 'Nothing is on disk.', fix: 'Save it.' }
const unknown: StoreFinding = { status: 'unchecked', found: 'The server does not say.', fix: 'Ask it.' }

afterEach(() => {
  vi.restoreAllMocks()
})

describe('F46 what a store finds about its records', () => {
  test('is in the result of checkStore()', async () => {
    const { client, store } = createScene()
    const oauth = client({ store: { ...store, check: async () => [evicting, unsaved, unknown] } })
    expect((await oauth.checkStore()).findings).toEqual([evicting, unsaved, unknown])
  })

  test('is an event, and a line of console.error for a problem or of console.warn for a warning, once at the first use', async () => {
    const { oauth, used, events, lines, warnings } = createChecked(async () => [
      evicting,
      unsaved,
      { ...unsaved, found: 'Nothing is copied.' },
      unknown,
    ])
    expect(events()).toEqual([])
    await used()
    await used()
    await expect.poll(() => events()[0]?.length).toBe(4)
    expect(lines()).toEqual([
      'Pipedrive OAuth: the token store may lose records: The server deletes records (store_endangered). What to do: Forbid it.',
    ])
    expect(warnings()).toEqual([
      'Pipedrive OAuth: the token store may lose records: Nothing is on disk (store_endangered). What to do: Save it.',
      'Pipedrive OAuth: the token store may lose records: Nothing is copied (store_endangered). What to do: Save it.',
    ])
    await used()
    expect([lines().length, warnings().length]).toEqual([1, 2])
    await oauth.settled()
  })

  test('is neither an event nor a line if it is nothing', async () => {
    let checks = 0
    const { used, events, lines } = createChecked(async () => {
      checks += 1
      return []
    })
    await used()
    await expect.poll(() => checks).toBe(1)
    await used()
    expect([checks, events(), lines()]).toEqual([1, [], []])
  })

  test('delays nobody, and a check that fails is made again a minute later', async () => {
    let checks = 0
    const { used, events, clock } = createChecked(async () => {
      checks += 1
      if (checks === 1) throw new Error('down')
      return [unknown]
    })
    await used()
    await used()
    expect(checks).toBe(1)
    await clock.advance(60_000)
    await used()
    await expect.poll(events).toEqual([[unknown]])
    expect(checks).toBe(2)
  })

  test('a check at the first use that fails is a warning in the log, and one of checkStore() is not', async () => {
    const { oauth, used, warnings } = createChecked(async () => Promise.reject(new Error('no permission')))
    expect([await failure(oauth.checkStore()), warnings()]).toEqual(['store_unavailable', []])
    await used()
    await expect
      .poll(warnings)
      .toEqual([
        expect.stringMatching(
          /the store failed in check\(\)\. .*store_unavailable.*Cause: no permission\. What to do: /,
        ),
      ])
  })

  test('a check that fails is store_unavailable for checkStore(), also if it never answers', async () => {
    const { client, store, clock } = createScene()
    const down = client({ store: { ...store, check: async () => Promise.reject(new Error('down')) } })
    expect(await failure(down.checkStore())).toBe('store_unavailable')
    const silent = client({ store: { ...store, check: () => new Promise(() => {}) } })
    const failed = failure(silent.checkStore())
    await clock.advance(silent.policy.storeTimeoutMs)
    expect(await failed).toBe('store_unavailable')
  })
})

/** A client over a store with this check. */
function createChecked(check: NonNullable<TokenStore['check']>) {
  const { client, store, clock } = createScene()
  const errors = vi.spyOn(console, 'error').mockImplementation(() => {})
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const heard: OAuthEvent[] = []
  const oauth = client({ store: { ...store, check }, onEvent: (event) => heard.push(event) })
  return {
    oauth,
    clock,
    used: () => oauth.installation('1:1').describe(),
    events: () => heard.flatMap((event) => (event.type === 'store_endangered' ? [event.findings] : [])),
    lines: () => errors.mock.calls.map(([line]) => line as string),
    warnings: () => warned.mock.calls.map(([line]) => line as string),
  }
}
