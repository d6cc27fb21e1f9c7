import { Sealer } from '../../../src/client/records/sealer.ts'
import { inspect } from 'node:util'
import { manualClock } from '@pd/fake-pipedrive'
import { describe, expect, test } from 'vitest'
import { Records } from '../../../src/client/records/records.ts'
import {
  memoryStore,
  StoreError,
  type InstallationId,
  type PipedriveOAuthOptions,
  type TokenStore,
} from '../../../src/index.ts'
import { activeState } from './active-state.ts'
import { sealingSecret, settingsOf, sealerOf } from '../settings.ts'

const id: InstallationId = '1:2'
const otherSecret = 'another-sealing-secret-for-these-tests'

function createScene(change: (inner: Required<TokenStore>) => Partial<TokenStore> = () => ({})) {
  const clock = manualClock()
  const inner = memoryStore()
  const records = (store: TokenStore, options: Partial<PipedriveOAuthOptions> = {}) => {
    const settings = settingsOf({ clock, store, ...options })
    return new Records(settings, new Sealer(settings.secrets, 'records'))
  }
  return { clock, inner, sound: records(inner), troubled: records({ ...inner, ...change(inner) }), records }
}

async function storeError(promise: Promise<unknown>): Promise<StoreError> {
  const error = await promise.catch((reason: unknown) => reason)
  if (error instanceof StoreError) return error
  throw new Error(`not a StoreError: ${inspect(error)}`)
}

describe('Records, when the answer to a write is lost,', () => {
  const lost = new Error('read ECONNRESET')

  test('knows by the version that the write happened', async () => {
    const { clock, inner, sound, troubled } = createScene(({ compareAndSet }) => ({
      compareAndSet: async (...write) => {
        await compareAndSet(...write)
        throw lost
      },
    }))
    expect(await troubled.write(id, undefined, activeState(clock.now(), 0))).toBe(true)
    expect(await troubled.servableToken(id)).toBe('access-0')
    const before = await sound.read(id)
    expect(await troubled.write(id, before?.version, activeState(clock.now(), 1))).toBe(true)
    expect((await sound.read(id))?.state?.generation).toBe(1)
    expect(await troubled.write(id, (await inner.get(id))?.version, undefined)).toBe(true)
    expect(await inner.get(id)).toBeUndefined()
  })

  test('reports store_unavailable if the write did not happen', async () => {
    const { clock, inner, sound, troubled } = createScene(() => ({
      compareAndSet: () => Promise.reject(lost),
    }))
    const error = await storeError(troubled.write(id, undefined, activeState(clock.now())))
    expect(error).toMatchObject({ code: 'store_unavailable', retryable: true, status: 503, cause: lost })
    await sound.write(id, undefined, activeState(clock.now()))
    const { version } = (await inner.get(id)) ?? {}
    await storeError(troubled.write(id, version, undefined))
    expect(await inner.get(id)).toBeDefined()
  })

  test('F43 knows by the version of another process’s write that its own can no longer happen', async () => {
    const { clock, sound, troubled } = createScene(() => ({
      compareAndSet: async () => {
        await sound.write(id, undefined, activeState(clock.now(), 7))
        throw lost
      },
    }))
    expect(await troubled.write(id, undefined, activeState(clock.now(), 1))).toBe(false)
    expect((await troubled.read(id))?.state?.generation).toBe(7)
  })
})

describe('F34 Records, when the store', () => {
  test('rejects, gives store_unavailable with the store’s own error as its cause', async () => {
    const cause = new Error('connect ECONNREFUSED')
    const { troubled } = createScene(() => ({ get: () => Promise.reject(cause) }))
    expect(await storeError(troubled.read(id))).toMatchObject({ code: 'store_unavailable', cause })
  })

  test('throws instead of rejecting, gives store_unavailable as well', async () => {
    const { clock, troubled } = createScene(() => ({
      get: () => {
        throw new TypeError('the client is closed')
      },
      compareAndSet: () => {
        throw new TypeError('the client is closed')
      },
    }))
    expect((await storeError(troubled.read(id))).code).toBe('store_unavailable')
    expect((await storeError(troubled.write(id, undefined, activeState(clock.now())))).code).toBe(
      'store_unavailable',
    )
  })

  test('does not answer, gives store_unavailable after storeTimeoutMs', async () => {
    const { clock, troubled } = createScene(() => ({ get: () => new Promise(() => {}) }))
    let outcome: unknown = 'pending'
    const reading = storeError(troubled.read(id)).then((error) => (outcome = error))
    await clock.advance(4_999)
    expect(outcome).toBe('pending')
    await clock.advance(1)
    await reading
    expect(outcome).toMatchObject({
      code: 'store_unavailable',
      message: 'The token store did not answer within 5000 ms.',
    })
  })

  test('does not answer a write, ends within storeTimeoutMs, the check included', async () => {
    const { clock, troubled } = createScene(() => ({
      get: () => new Promise(() => {}),
      compareAndSet: () => new Promise(() => {}),
    }))
    const writing = storeError(troubled.write(id, undefined, activeState(clock.now())))
    await clock.advance(5_000)
    expect((await writing).code).toBe('store_unavailable')
  })

  test('has no changed(), or one that fails, lets the waiter poll', async () => {
    const { inner, records, troubled } = createScene(() => ({
      changed: () => Promise.reject(new Error('gone')),
    }))
    const { get, compareAndSet } = inner
    const silent = records({ get, compareAndSet })
    expect([silent.canTellChanges, troubled.canTellChanges]).toEqual([false, true])
    const { signal } = new AbortController()
    const waits = [silent.changed(id, 'a', signal), troubled.changed(id, 'a', signal)]
    const first = await Promise.race([
      ...waits,
      new Promise((resolve) => setImmediate(resolve, 'nothing came')),
    ])
    expect(first).toBe('nothing came')
  })
})

describe('Records, when a record cannot be opened,', () => {
  test('F29 names an unknown key, repeats no secret, and leaves the record alone', async () => {
    const { clock, inner, sound, records } = createScene()
    await sound.write(id, undefined, activeState(clock.now()))
    const stored = await inner.get(id)
    const error = await storeError(records(inner, { secrets: [otherSecret] }).read(id))
    expect(error).toMatchObject({ code: 'unknown_key', retryable: false, status: 500 })
    expect(inspect(error, { showHidden: true })).not.toMatch(
      new RegExp(`${sealingSecret}|${otherSecret}|eyJ|access-0`),
    )
    expect(await inner.get(id)).toEqual(stored)
  })

  test('F29 opens it with an old secret, and seals it with the new one', async () => {
    const { clock, inner, sound, records } = createScene()
    await sound.write(id, undefined, activeState(clock.now(), 0))
    const rotated = records(inner, { secrets: [otherSecret, sealingSecret] })
    const before = await rotated.read(id)
    expect(before?.state?.generation).toBe(0)
    await rotated.write(id, before?.version, activeState(clock.now(), 1))
    expect((await records(inner, { secrets: [otherSecret] }).read(id))?.state?.generation).toBe(1)
  })

  test('F30 does not open one that was copied under another id', async () => {
    const { clock, inner, sound } = createScene()
    await sound.write(id, undefined, activeState(clock.now()))
    await inner.compareAndSet('9:9', undefined, await inner.get(id))
    expect(await storeError(sound.read('9:9'))).toMatchObject({ code: 'unreadable_record', retryable: false })
    expect(sound.servableToken('9:9')).toBeUndefined()
  })

  test.each(['', 'garbage', 'a.b.c.d.e', '{}'])('calls %j unreadable', async (value) => {
    const { inner, sound } = createScene()
    await inner.compareAndSet(id, undefined, { version: 'x', value })
    expect((await storeError(sound.read(id))).code).toBe('unreadable_record')
  })

  test.each([{ format: 2, status: 'active' }, { status: 'active' }, { format: '1' }, [], 'text', 7])(
    'refuses a payload of another form: %j',
    async (payload) => {
      const { inner, sound } = createScene()
      const value = await sealerOf([sealingSecret], 'records').seal(id, payload)
      await inner.compareAndSet(id, undefined, { version: 'x', value })
      expect((await storeError(sound.read(id))).code).toBe('unreadable_record')
      expect(await sound.read(id, true)).toEqual({ version: 'x', state: undefined })
    },
  )

  test('returns its version to a caller that will replace it', async () => {
    const { clock, inner, sound } = createScene()
    await inner.compareAndSet(id, undefined, { version: 'x', value: 'garbage' })
    const before = await sound.read(id, true)
    expect(before).toEqual({ version: 'x', state: undefined })
    expect(await sound.write(id, before?.version, activeState(clock.now()))).toBe(true)
    expect((await sound.read(id))?.state?.status).toBe('active')
  })

  test('still calls it unreadable after it was read to be replaced', async () => {
    const { inner, sound } = createScene()
    await inner.compareAndSet(id, undefined, { version: 'x', value: 'garbage' })
    await sound.read(id, true)
    expect((await storeError(sound.read(id))).code).toBe('unreadable_record')
  })
})

test('Records give up a record that changes during each of 1 000 tries to seal it anew', async () => {
  const { clock, inner, sound, records } = createScene()
  await sound.write(id, undefined, activeState(clock.now()))
  let tries = 0
  const compareAndSet = async () => {
    tries++
    return false
  }
  const rotated = records({ ...inner, compareAndSet }, { secrets: [otherSecret, sealingSecret] })
  const error = await storeError(rotated.reseal(id))
  expect(error).toMatchObject({ code: 'store_unavailable', installationId: id })
  expect([error.message.includes('1000 tries'), tries]).toEqual([true, 1_000])
  expect(await records(inner, { secrets: [otherSecret, sealingSecret] }).reseal(id)).toBe('resealed')
})
