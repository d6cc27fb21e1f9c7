import { describe, expect, test, vi } from 'vitest'
import { sharedReads } from '../src/shared-reads.ts'

describe('reads of one turn', () => {
  const createReads = () => {
    const get = vi.fn<(key: string) => Promise<string | null>>(async (key) => `one ${key}`)
    const mget = vi.fn<(...wanted: string[]) => Promise<unknown>>(async (...wanted) =>
      wanted.map((key) => `many ${key}`),
    )
    return { get, mget, read: sharedReads({ get, mget }, (key) => key[0]!) }
  }

  test('are sent by hundreds, and one that is left is sent alone', async () => {
    const { get, mget, read } = createReads()
    const wanted = Array.from({ length: 201 }, (_, index) => `a${index}`)
    const texts = await Promise.all(wanted.map(read))
    expect(mget.mock.calls.map((words) => words.length)).toEqual([100, 100])
    expect(get.mock.calls).toEqual([['a200']])
    expect(texts).toEqual(wanted.map((key, index) => `${index < 200 ? 'many' : 'one'} ${key}`))
  })

  test('of different groups share no command, and fail apart', async () => {
    const { mget, read } = createReads()
    const failure = new Error('CLUSTERDOWN')
    mget.mockRejectedValueOnce(failure)
    const results = await Promise.allSettled(['a1', 'b1', 'a2', 'b2'].map(read))
    expect(mget.mock.calls).toEqual([
      ['a1', 'a2'],
      ['b1', 'b2'],
    ])
    expect(results).toEqual([
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: 'many b1' },
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: 'many b2' },
    ])
  })

  test('are asked one by one where MGET says nothing', async () => {
    const { get, mget, read } = createReads()
    const refusal = new Error('WRONGTYPE')
    mget.mockResolvedValueOnce(['text', null, undefined])
    get.mockResolvedValueOnce(null).mockRejectedValueOnce(refusal)
    const results = await Promise.allSettled(['a1', 'a2', 'a3'].map(read))
    expect(get.mock.calls).toEqual([['a2'], ['a3']])
    expect(results).toEqual([
      { status: 'fulfilled', value: 'text' },
      { status: 'fulfilled', value: null },
      { status: 'rejected', reason: refusal },
    ])
  })

  test('of different turns share none', async () => {
    const { get, mget, read } = createReads()
    await read('a1')
    await read('a1')
    expect(get).toHaveBeenCalledTimes(2)
    expect(mget).not.toHaveBeenCalled()
  })
})
