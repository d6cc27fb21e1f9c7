import { manualClock } from '@pd/fake-pipedrive'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Records } from '../../../src/client/records/records.ts'
import { Sealer } from '../../../src/client/records/sealer.ts'
import { memoryStore, type InstallationId, type PipedriveOAuthOptions } from '../../../src/index.ts'
import { activeState, hour } from './active-state.ts'
import { settingsOf } from '../settings.ts'

const id: InstallationId = '1:2'

/** A store that counts its reads and can hold them back. */
function createScene(options: Partial<PipedriveOAuthOptions> = {}) {
  const clock = manualClock()
  const inner = memoryStore()
  const gets = { count: 0, gate: undefined as Promise<void> | undefined }
  const store = {
    ...inner,
    get: async (id: InstallationId) => {
      gets.count++
      const found = await inner.get(id)
      await gets.gate
      return found
    },
  }
  const records = (more: Partial<PipedriveOAuthOptions> = {}) => {
    const settings = settingsOf({ clock, store, ...options, ...more })
    return new Records(settings, new Sealer(settings.secrets, 'records'))
  }
  const opened = () => vi.mocked(crypto.subtle.decrypt).mock.calls.length
  return { clock, inner, store, gets, records, opened }
}

beforeEach(() => {
  vi.spyOn(crypto.subtle, 'decrypt')
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('Records', () => {
  test('reads what it wrote, and undefined where there is no record', async () => {
    const { clock, records } = createScene()
    const state = activeState(clock.now())
    expect(await records().read(id)).toBeUndefined()
    expect(await records().write(id, undefined, state)).toBe(true)
    expect((await records().read(id))?.state).toEqual(state)
  })

  test('stores a sealed value, a version that never repeats, and when the refresh token expires', async () => {
    const { clock, inner, records } = createScene()
    const state = activeState(clock.now())
    await records().write(id, undefined, state)
    const first = await inner.get(id)
    expect(first?.dueAt).toBe(state.tokens.refreshTokenExpiresAt)
    expect(first?.version).toMatch(/^[\w-]{16}$/)
    expect(JSON.stringify(first)).not.toContain('access-0')
    await records().write(id, first?.version, state)
    expect((await inner.get(id))?.version).not.toBe(first?.version)
    expect((await inner.get(id))?.value).not.toBe(first?.value)
  })

  test('stores no dueAt for an installation without tokens', async () => {
    const { clock, inner, records } = createScene()
    const { tokens: _tokens, ...installed } = activeState(clock.now())
    await records().write(id, undefined, {
      ...installed,
      status: 'reauthorization_required',
      reason: 'invalid_grant',
      refusedAt: 1,
      refused: { refreshToken: 'r', obtainedAt: 1 },
    })
    expect(await inner.get(id)).not.toHaveProperty('dueAt')
  })

  test('returns false and empties its memory if another process wrote first', async () => {
    const { clock, records } = createScene()
    const ours = records()
    const theirs = records()
    await ours.write(id, undefined, activeState(clock.now(), 0))
    const before = await ours.read(id)
    await theirs.write(id, before?.version, activeState(clock.now(), 1))
    expect(await ours.write(id, before?.version, activeState(clock.now(), 2))).toBe(false)
    expect(ours.servableToken(id)).toBeUndefined()
    expect((await ours.read(id))?.state?.generation).toBe(1)
  })
})

describe('Records, for cacheMs,', () => {
  test('serves a token without asking the store or the cipher', async () => {
    const { clock, gets, opened, records } = createScene()
    await records().write(id, undefined, activeState(clock.now()))
    const reader = records()
    await reader.read(id)
    const [getsBefore, openedBefore] = [gets.count, opened()]
    await clock.advance(4_999)
    for (let calls = 0; calls < 10; calls++) expect(await reader.servableToken(id)).toBe('access-0')
    expect([gets.count, opened()]).toEqual([getsBefore, openedBefore])
    await clock.advance(1)
    expect(reader.servableToken(id)).toBeUndefined()
  })

  test('and then reads the record again, and opens it only if its version has changed', async () => {
    const { clock, gets, opened, records } = createScene()
    const writer = records()
    await writer.write(id, undefined, activeState(clock.now(), 0))
    const reader = records()
    const first = await reader.read(id)
    expect([gets.count, opened()]).toEqual([1, 1])
    await clock.advance(5_000)
    await reader.read(id)
    await reader.read(id)
    expect([gets.count, opened()]).toEqual([3, 1])
    expect(await reader.servableToken(id)).toBe('access-0')
    await writer.write(id, first?.version, activeState(clock.now(), 1))
    expect((await reader.read(id))?.state?.generation).toBe(1)
    expect([gets.count, opened()]).toEqual([4, 2])
  })

  test('does not open what it has written itself', async () => {
    const { clock, opened, records } = createScene()
    const both = records()
    await both.write(id, undefined, activeState(clock.now()))
    expect((await both.read(id))?.state?.generation).toBe(0)
    expect(await both.servableToken(id)).toBe('access-0')
    expect(opened()).toBe(0)
  })

  test('serves nothing when cacheMs is 0, and still opens each version once', async () => {
    const { clock, opened, records } = createScene({ policy: { cacheMs: 0 } })
    await records().write(id, undefined, activeState(clock.now()))
    const reader = records()
    await reader.read(id)
    await reader.read(id)
    expect(reader.servableToken(id)).toBeUndefined()
    expect(opened()).toBe(1)
  })

  test('serves no token that is about to be renewed', async () => {
    const { clock, records } = createScene({ policy: { cacheMs: 2 * hour } })
    const both = records()
    await both.write(id, undefined, activeState(clock.now()))
    await clock.advance(hour - 300_000 - 1)
    expect(await both.servableToken(id)).toBe('access-0')
    await clock.advance(1)
    expect(both.servableToken(id)).toBeUndefined()
  })

  test('serves no token that belongs to another client id', async () => {
    const { clock, records } = createScene()
    await records().write(id, undefined, activeState(clock.now()))
    const other = records({ clientId: 'another-client' })
    await other.read(id)
    expect(other.servableToken(id)).toBeUndefined()
  })

  test('F25 serves each installation its own token, and remembers no more of them than cacheEntries allows', async () => {
    const { clock, records } = createScene({ policy: { cacheEntries: 1 } })
    const both = records()
    const ids: InstallationId[] = ['1:2', '1:23', '11:2', '2:1', '3:1', '4:1']
    for (const [generation, each] of ids.entries())
      await both.write(each, undefined, activeState(clock.now(), generation))
    for (const [generation, each] of ids.entries()) {
      const token = await both.servableToken(each)
      expect([undefined, `access-${generation}`]).toContain(token)
    }
    expect(await both.servableToken('4:1')).toBe('access-5')
    expect(both.servableToken('1:2')).toBeUndefined()
  })

  test('counts from the start of the read, so that a slow answer is not served for longer', async () => {
    const { clock, gets, records } = createScene()
    await records().write(id, undefined, activeState(clock.now()))
    const reader = records()
    const { promise, resolve } = Promise.withResolvers<void>()
    gets.gate = promise
    const reading = reader.read(id)
    await clock.advance(3_000)
    resolve()
    await reading
    await clock.advance(1_999)
    expect(await reader.servableToken(id)).toBe('access-0')
    await clock.advance(1)
    expect(reader.servableToken(id)).toBeUndefined()
  })
})

describe('A read that ends after a write of the same process', () => {
  /** A reader without memory, whose read has fetched generation 0 and ends when `release` is called. */
  async function createSlowRead() {
    const { clock, gets, records } = createScene()
    await records().write(id, undefined, activeState(clock.now(), 0))
    const both = records()
    const { promise, resolve: release } = Promise.withResolvers<void>()
    gets.gate = promise
    const slow = both.read(id)
    await clock.advance(0)
    gets.gate = undefined
    const before = await both.read(id)
    return { both, clock, release, slow, version: before?.version }
  }

  test('F19 does not overwrite in memory what the write put there', async () => {
    const { both, clock, release, slow, version } = await createSlowRead()
    await both.write(id, version, activeState(clock.now(), 1))
    release()
    expect((await slow)?.state?.generation).toBe(0)
    expect(both.remembered(id)?.state?.generation).toBe(1)
    expect(await both.servableToken(id)).toBe('access-1')
  })

  test('F19 does not bring back into memory what the write deleted', async () => {
    const { both, release, slow, version } = await createSlowRead()
    await both.write(id, version, undefined)
    release()
    expect((await slow)?.state?.generation).toBe(0)
    expect(both.remembered(id)).toBeUndefined()
    expect(both.servableToken(id)).toBeUndefined()
    expect(both.hasEnded(id, 'grant')).toBe(true)
  })

  test('does not overwrite it if memory already held the record that was read', async () => {
    const { clock, gets, records } = createScene()
    const both = records()
    await both.write(id, undefined, activeState(clock.now(), 0))
    const { promise, resolve } = Promise.withResolvers<void>()
    gets.gate = promise
    const slow = both.read(id)
    await clock.advance(0)
    gets.gate = undefined
    const now = await both.read(id)
    await both.write(id, now?.version, activeState(clock.now(), 1))
    resolve()
    expect((await slow)?.state?.generation).toBe(0)
    expect(await both.servableToken(id)).toBe('access-1')
    expect(both.remembered(id)?.state?.generation).toBe(1)
  })

  test('F19 does not bring a deleted record back if memory already held it', async () => {
    const { clock, gets, records } = createScene()
    const both = records()
    await both.write(id, undefined, activeState(clock.now(), 0))
    const before = await both.read(id)
    const { promise, resolve } = Promise.withResolvers<void>()
    gets.gate = promise
    const slow = both.read(id)
    await clock.advance(0)
    await both.write(id, before?.version, undefined)
    resolve()
    await slow
    expect(both.servableToken(id)).toBeUndefined()
    expect(both.remembered(id)).toBeUndefined()
  })
})
