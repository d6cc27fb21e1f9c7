import { describe, expect, test, vi } from 'vitest'
import { health, type HealthOptions, type OwnHealth } from '../../src/client/health.ts'
import { memoryStore, type InstallationId, type TokenStore } from '../../src/index.ts'
import { settingsOf } from './settings.ts'

const day = 86_400_000

/** The health of a process over a store that differs from a sound one. */
function healthOf(
  store: { [Method in keyof TokenStore]?: TokenStore[Method] | undefined },
  options: HealthOptions = {},
  own: Partial<OwnHealth> = {},
) {
  const settings = settingsOf({ store: { ...memoryStore(), ...store } as TokenStore, logger: false })
  return health(settings, { unsaved: 0, watch: undefined, ...own }, options)
}

/** A store that lists so many installations, of which so many need attention. */
function listing(all: number, attention: number, cursor?: string) {
  const ids = (count: number) => Array.from({ length: count }, (_, index): InstallationId => `1:${index + 1}`)
  return vi.fn<NonNullable<TokenStore['list']>>(async (query) =>
    query.attention ? { ids: ids(attention) } : { ids: ids(all), ...(cursor !== undefined && { cursor }) },
  )
}

describe('health() says of what needs attention', () => {
  test('its share, which is a problem from more than maxAttention on', async () => {
    const store = { list: listing(4, 2), count: undefined }
    expect(await healthOf(store, { maxAttention: 0.5 })).toMatchObject({
      status: 'ok',
      attention: { count: 2, share: 0.5 },
    })
    expect(await healthOf(store, { maxAttention: 0.49 })).toMatchObject({
      status: 'degraded',
      problems: [{ code: 'attention_needed', found: '50 % of the installations need attention' }],
    })
    expect((await healthOf({ list: listing(2, 2), count: undefined })).status).toBe('ok')
  })

  test('no share if there is more than a page, or nothing', async () => {
    const more = await healthOf({ list: listing(4, 2, 'on'), count: undefined })
    expect(more.attention).toEqual({ count: 2 })
    expect((await healthOf({ list: listing(0, 0) })).attention).toEqual({ count: 0 })
  })

  test('what the store counts, and lists what needs attention only if it cannot count', async () => {
    const list = listing(10, 2)
    const count = vi.fn(async (query: object) => ('attention' in query ? 5 : 0))
    expect((await healthOf({ list, count })).attention).toEqual({ count: 5, share: 0.5 })
    expect(list.mock.calls).toEqual([[{ limit: 1_000 }]])
    expect(count).toHaveBeenCalledWith({ attention: true })
    const uncounted = listing(10, 2)
    await healthOf({ list: uncounted, count: undefined })
    expect(uncounted.mock.calls).toEqual([[{ limit: 1_000 }], [{ limit: 1_000, attention: true }]])
  })

  test('the number alone if the store cannot list, and nothing if it can do neither', async () => {
    const count = async () => 0
    expect((await healthOf({ list: undefined, count })).attention).toEqual({ count: 0 })
    const neither = await healthOf({ list: undefined, count: undefined, due: undefined })
    expect(Object.keys(neither).toSorted()).toEqual(['problems', 'status', 'store', 'unsaved'])
  })
})

describe('health() says of what is overdue', () => {
  test('what the store counts: due a day before what a run of keepAlive() takes', async () => {
    const settings = settingsOf()
    const count = vi.fn(async (query: object) => ('dueBefore' in query ? 3 : 0))
    expect(await healthOf({ count })).toMatchObject({
      status: 'degraded',
      overdue: 3,
      refreshable: 3,
      problems: [{ code: 'keep_alive_overdue', found: '3 installations were not refreshed in time' }],
    })
    expect(count).toHaveBeenCalledWith({ dueBefore: settings.clock.now() + 14 * day })
    expect(count).toHaveBeenCalledWith({ dueBefore: Number.MAX_SAFE_INTEGER })
  })

  test('how many of a thousand are due, if the store cannot count', async () => {
    const due = vi.fn(async () => [{ id: '1:1' as const, dueAt: 1 }])
    const found = await healthOf({ count: undefined, due })
    expect([found.overdue, 'refreshable' in found]).toEqual([1, false])
    expect(due).toHaveBeenCalledWith(settingsOf().clock.now() + 14 * day, 1_000)
  })
})

describe('health() names', () => {
  test('each kind of trouble of the store once', async () => {
    const down = () => Promise.reject(new Error('down'))
    const { problems } = await healthOf({ get: down, list: down, count: down, check: down })
    expect(problems.map(({ code }) => code)).toEqual(['store_unavailable'])
  })

  test('of what the store finds only the problems', async () => {
    const finding = (status: 'problem' | 'warning' | 'unchecked') => ({
      status,
      found: status,
      fix: 'Mend it.',
    })
    const check = async () => [finding('warning'), finding('problem'), finding('unchecked')]
    const { problems, status } = await healthOf({ check })
    expect(problems).toEqual([{ code: 'store_endangered', found: 'problem', action: 'Mend it.' }])
    expect(status).toBe('degraded')
  })

  test('a watch that is lost, with its cause if that is known, and no watch that opens', async () => {
    const watchOf = async (watch: OwnHealth['watch']) => (await healthOf({}, {}, { watch })).problems
    expect(await watchOf({ state: 'lost' })).toMatchObject([
      { code: 'watch_lost', found: 'the store does not tell of changes any more' },
    ])
    expect(await watchOf({ state: 'lost', cause: 'reset' })).toMatchObject([
      { found: 'the store does not tell of changes any more. Cause: reset' },
    ])
    expect(await watchOf({ state: 'opening', cause: 'reset' })).toEqual([])
  })
})
