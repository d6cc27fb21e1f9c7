import { describe, expect, test, vi } from 'vitest'
import { KeepAliveQueue, type Selection } from '../../../src/client/tokens/keep-alive-queue.ts'
import type { InstallationId } from '../../../src/index.ts'
import type { DueEntry } from '../../../src/store/store.ts'

const code = 'token_endpoint_unavailable'

/** So many entries from the company `first` on, due at the number of their company unless `dueAt` says when. */
function entries(first: number, count: number, dueAt?: number): DueEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const company = first + index
    return { id: `${company}:1`, dueAt: dueAt ?? company }
  })
}

/** A queue over these pages, and what it has asked for. */
function createQueue(pages: readonly (DueEntry[] | undefined)[], selection: Partial<Selection> = {}) {
  const left = [...pages]
  const read = vi.fn(async (_before: number, _limit: number, _after?: DueEntry) => left.shift())
  let drawn = 0
  const random = (length: number) => new Uint8Array(length).fill(drawn++ % 7)
  const all = { dueBefore: Infinity, atLeast: 0, horizon: 9_000, ...selection }
  const queue = new KeepAliveQueue(read, all, random)
  const taken = async () => {
    const ids: InstallationId[] = []
    for (;;) {
      const task = await queue.next(0)
      if (typeof task !== 'object') return ids
      ids.push(task.id)
    }
  }
  return { queue, read, taken }
}

const retry = (id: InstallationId, at: number) => ({ id, tries: 1, holdUps: 0, code, at }) as const

describe('KeepAliveQueue', () => {
  test('gives out each entry of every page once, and reads on behind the last', async () => {
    const [first, second] = [entries(1, 500), entries(501, 3)]
    const { queue, read, taken } = createQueue([first, second])
    expect(await queue.next(0)).toMatchObject({ tries: 0, holdUps: 0 })
    const rest = await taken()
    expect(rest).toHaveLength(502)
    expect(new Set(rest).size).toBe(502)
    expect(read.mock.calls).toEqual([
      [9_000, 500, undefined],
      [9_000, 500, { id: '500:1', dueAt: 500 }],
    ])
  })

  test('ends when nothing is behind a full page, and when no page can be read', async () => {
    const full = createQueue([entries(1, 500), []])
    expect(await full.taken()).toHaveLength(500)
    expect(full.read).toHaveBeenCalledTimes(2)
    const failed = createQueue([undefined, entries(1, 1)])
    expect(await failed.queue.next(0)).toBeUndefined()
    expect(await failed.queue.next(0)).toBeUndefined()
    expect(failed.read).toHaveBeenCalledTimes(1)
  })

  test('gives the entries of a page out in an order of chance', async () => {
    const draws = [2, 3, 1]
    const random = (length: number) => new Uint8Array(length).fill(draws.shift() ?? 0)
    const selection = { dueBefore: Infinity, atLeast: 0, horizon: Infinity }
    const queue = new KeepAliveQueue(async () => entries(1, 3), selection, random)
    const order = []
    for (let count = 0; count < 3; count++) order.push(await queue.next(0))
    expect(order).toMatchObject([{ id: '2:1' }, { id: '1:1' }, { id: '3:1' }])
  })

  test('takes what is due before the instant, and reads no further behind it', async () => {
    const { read, taken } = createQueue([entries(1, 500)], { dueBefore: 3 })
    expect((await taken()).toSorted()).toEqual(['1:1', '2:1'])
    expect(read).toHaveBeenCalledTimes(1)
  })

  test('takes as many as it has to, over all pages, although they are due later', async () => {
    const pages = () => [entries(1, 500), entries(501, 500)]
    expect(await createQueue(pages(), { dueBefore: 0, atLeast: 2 }).taken()).toHaveLength(2)
    const over = createQueue(pages(), { dueBefore: 0, atLeast: 501 })
    expect(await over.taken()).toHaveLength(501)
    expect(over.read).toHaveBeenCalledTimes(2)
  })

  test('passes by the record that checkStore() writes for a moment', async () => {
    const { taken } = createQueue([[{ id: '0:77', dueAt: 1 }, ...entries(1, 1)]])
    expect(await taken()).toEqual(['1:1'])
  })

  test('reads one page for all who ask at the same time', async () => {
    const { queue, read } = createQueue([entries(1, 2)])
    const both = await Promise.all([queue.next(0), queue.next(0)])
    expect(new Set(both.map((task) => typeof task === 'object' && task.id))).toEqual(new Set(['1:1', '2:1']))
    expect(read).toHaveBeenCalledTimes(1)
  })

  test('refuses a store whose next page does not begin behind the last entry', async () => {
    const page = entries(1, 500, 7)
    const { queue, taken } = createQueue([page, [page.at(-1)!]])
    await expect(taken()).rejects.toMatchObject({
      code: 'unsupported_by_store',
      problems: [expect.stringContaining('`after`')],
    })
    expect(queue.drain()).toEqual([])
  })
})

describe('KeepAliveQueue, with what is to be tried again,', () => {
  test('says when that is, and gives it out from that instant on', async () => {
    const { queue } = createQueue([[]])
    queue.tryAgain(retry('1:1', 300))
    queue.tryAgain(retry('2:1', 200))
    expect(await queue.next(199)).toBe(200)
    expect(await queue.next(200)).toMatchObject({ id: '2:1', tries: 1, code })
    expect(await queue.next(200)).toBe(300)
    expect(await queue.next(301)).toMatchObject({ id: '1:1' })
    expect(await queue.next(301)).toBeUndefined()
  })

  test('gives that out before what is new', async () => {
    const { queue } = createQueue([entries(1, 1)])
    queue.tryAgain(retry('9:1', 100))
    expect(await queue.next(100)).toMatchObject({ id: '9:1' })
    expect(await queue.next(100)).toMatchObject({ id: '1:1' })
  })

  test('takes nothing new while 1 000 wait', async () => {
    const { queue, read } = createQueue([entries(1, 3)])
    for (let company = 1_001; company <= 1_999; company++) queue.tryAgain(retry(`${company}:1`, 100))
    expect(await queue.next(0)).toMatchObject({ tries: 0 })
    queue.tryAgain(retry('2000:1', 100))
    expect(await queue.next(0)).toBe(100)
    expect(await queue.next(100)).toMatchObject({ id: '1001:1' })
    expect(await queue.next(0)).toMatchObject({ tries: 0 })
    expect(read).toHaveBeenCalledTimes(1)
  })

  test('hands all of it over once', () => {
    const { queue } = createQueue([])
    queue.tryAgain(retry('1:1', 1))
    queue.tryAgain(retry('2:1', 2))
    expect(queue.drain().map(({ id }) => id)).toEqual(['1:1', '2:1'])
    expect(queue.drain()).toEqual([])
  })
})
