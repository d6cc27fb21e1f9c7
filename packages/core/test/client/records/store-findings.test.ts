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

  test('is an event and, if it is a problem, a line of console.error, once at the first use', async () => {
    const { oauth, used, events, lines } = createChecked(async () => [evicting, unsaved])
    expect(events()).toEqual([])
    await used()
    await used()
    await expect.poll(events).toEqual([[evicting, unsaved]])
    expect(lines()).toEqual([
      'The token store is in danger of losing installations: The server deletes records. Forbid it.',
    ])
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
  const heard: OAuthEvent[] = []
  const oauth = client({ store: { ...store, check }, onEvent: (event) => heard.push(event) })
  return {
    oauth,
    clock,
    used: () => oauth.installation('1:1').describe(),
    events: () => heard.flatMap((event) => (event.type === 'store_endangered' ? [event.findings] : [])),
    lines: () => errors.mock.calls.map(([line]) => line as string),
  }
}
