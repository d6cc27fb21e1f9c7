import { describe, expect, test, vi } from 'vitest'
import { faultOfRecord } from '../../../src/client/records/fault-of-record.ts'
import { listedPage, listedPages } from '../../../src/client/records/listing.ts'
import type { SecretSource } from '../../../src/client/runtime/secret-source.ts'
import { StoreError } from '../../../src/errors.ts'
import { memoryStore, type InstallationId, type TokenStore } from '../../../src/index.ts'
import { collected } from '../../flow/scene.ts'
import { settingsOf } from '../settings.ts'

type List = NonNullable<TokenStore['list']>

describe('the ids in a store', () => {
  test('come page by page, of a hundred at most, until a page names no next one', async () => {
    const pages: Awaited<ReturnType<List>>[] = [
      { ids: ['1:1', '1:2'], cursor: 'x' },
      { ids: [], cursor: 'y' },
      { ids: ['1:3'] },
    ]
    const list = vi.fn<List>(async () => pages.shift()!)
    const settings = settingsOf({ store: { ...memoryStore(), list } })
    const which = { companyId: 1, attention: true } as const
    expect(await collected(listedPages(settings, 'test', which))).toEqual([['1:1', '1:2'], [], ['1:3']])
    expect(list.mock.calls).toEqual([
      [{ ...which, limit: 100 }],
      [{ ...which, limit: 100, cursor: 'x' }],
      [{ ...which, limit: 100, cursor: 'y' }],
    ])
  })

  test('are without the record that checkStore() writes for a moment', async () => {
    const list: List = async () => ({ ids: ['0:7' as InstallationId, '1:1'], cursor: 'x' })
    const settings = settingsOf({ store: { ...memoryStore(), list } })
    expect(await listedPage(settings, 'test', { limit: 5 })).toEqual({ ids: ['1:1'], cursor: 'x' })
  })

  test('are asked of the store as of an object', async () => {
    class Store {
      readonly ids: InstallationId[] = ['1:1']
      readonly get = async () => undefined
      readonly compareAndSet = async () => true
      async list() {
        return { ids: this.ids }
      }
    }
    const settings = settingsOf({ store: new Store() })
    expect(await listedPage(settings, 'test', { limit: 5 })).toEqual({ ids: ['1:1'] })
  })

  test('are not read from a cursor of another store: the error names the caller, and the store has not failed', async () => {
    const emit = vi.fn()
    const settings = { ...settingsOf({ store: memoryStore() }), emit }
    await expect(listedPage(settings, 'reseal', { limit: 5, cursor: '3/1:2' })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/^reseal\(\) was called with arguments that it cannot use/),
      problems: ['cursor does not come from list() of memoryStore()'],
    })
    expect(emit).not.toHaveBeenCalled()
  })

  test('cannot be had without list(), and the error names the caller', async () => {
    const { get, compareAndSet } = memoryStore()
    const settings = settingsOf({ store: { get, compareAndSet } })
    await expect(listedPage(settings, 'reseal', { limit: 5 })).rejects.toMatchObject({
      code: 'unsupported_by_store',
      problems: ['reseal() needs a store that has the method list'],
    })
  })
})

describe('an error is the fault of one record', () => {
  const answering = (current: () => Promise<readonly string[]>) => ({ current }) as unknown as SecretSource
  const sound = answering(async () => ['a secret'])

  test.each(['unreadable_record', 'unknown_key'] as const)('if it is %s', async (code) => {
    const error = new StoreError(code, 'It is damaged.')
    expect(await faultOfRecord(error, sound)).toBe(error)
  })

  test('if the key service does not know its secret, and still has the others', async () => {
    const error = new StoreError('secrets_unavailable', 'The key service does not answer.')
    expect(await faultOfRecord(error, sound)).toBe(error)
    const later = new Error('no secrets at all')
    await expect(
      faultOfRecord(
        error,
        answering(() => Promise.reject(later)),
      ),
    ).rejects.toBe(later)
  })

  test.each([new StoreError('store_unavailable', 'The store is away.'), new TypeError('a mistake'), 'text'])(
    'and otherwise is thrown: %s',
    async (error) => {
      await expect(faultOfRecord(error, sound)).rejects.toBe(error)
    },
  )
})
