import type { InstallationId } from '../../machine/account.ts'
import { writeAtRandom } from '../write-at-random.ts'
import { expectMembers, expectSame } from '../contract-violation.ts'
import { fill, recordOf, type SuiteCase, type With } from '../suite-case.ts'
import type { DueEntry } from '../../store/store.ts'

const noon = Date.UTC(2026, 5, 1, 12)
const everything = Number.MAX_SAFE_INTEGER
const soonestFirst = 'due() gives ids by their dueAt, soonest first.'
const pageRule =
  'due() orders entries by dueAt, then by id as text, and with `after` goes on behind that place.'
const sameMoment = 'due() follows every write at once: the record and its dueAt change together.'

/** What `due()` may be expected to say; `keepAlive()` stands on it. */
export const dueCases: readonly SuiteCase<With<'due'>>[] = [
  {
    title: 'due() of an empty store gives nothing',
    run: async ({ store }) => {
      expectSame(await dueIds(store, everything, 10), [], 'due() gives ids of stored records only.')
    },
  },
  {
    title: 'F27 due() gives what expires soonest first, whatever order it was written in',
    run: async ({ store }) => {
      const dueAts = {
        '1:1': noon + 40,
        '1:2': noon + 5,
        '1:3': noon + 300,
        '10:1': noon + 20.5,
        '2:1': noon + 20,
      }
      await fill(store, dueAts)
      expectSame(await dueIds(store, everything, 10), ['1:2', '2:1', '10:1', '1:1', '1:3'], soonestFirst)
    },
  },
  {
    title: 'due() sorts instants as numbers, not as text',
    run: async ({ store }) => {
      await fill(store, { '1:1': 1e12, '1:2': 9e11, '1:3': 2 ** 31, '1:4': 2 ** 31 - 1, '1:5': 5 })
      expectSame(await dueIds(store, everything, 10), ['1:5', '1:4', '1:3', '1:2', '1:1'], soonestFirst)
    },
  },
  {
    title: 'due() gives only what expires before the given instant, not at it',
    run: async ({ store }) => {
      await fill(store, { '1:1': noon - 1, '1:2': noon, '1:3': noon + 1, '1:4': noon - 0.5 })
      expectSame(
        await dueIds(store, noon, 10),
        ['1:1', '1:4'],
        'due() gives ids whose dueAt is before `before`.',
      )
      expectSame(await dueIds(store, noon - 1, 10), [], 'due() gives ids whose dueAt is before `before`.')
    },
  },
  {
    title: 'due() gives no more than the limit, and those are the soonest',
    run: async ({ store }) => {
      await fill(store, { '1:1': noon + 3, '1:2': noon + 1, '1:3': noon + 2, '1:4': noon + 4 })
      expectSame(await dueIds(store, everything, 2), ['1:2', '1:3'], 'due() gives at most `limit` ids.')
      expectSame(await dueIds(store, everything, 1), ['1:2'], 'due() gives at most `limit` ids.')
    },
  },
  {
    title: 'due() never gives a record without dueAt',
    run: async ({ store }) => {
      await fill(store, { '1:1': undefined, '1:2': noon, '1:3': undefined })
      expectSame(await dueIds(store, everything, 10), ['1:2'], 'A record without dueAt is never due.')
    },
  },
  {
    title: 'due() follows updates: later, sooner, removed, and there again',
    run: async ({ store, other }) => {
      await fill(store, { '1:1': noon, '1:2': noon + 10 })
      await store.compareAndSet('1:1', 'first-1:1', recordOf('b', noon + 20))
      expectSame(await dueIds(other, everything, 10), ['1:2', '1:1'], sameMoment)
      expectSame(await dueIds(other, noon + 11, 10), ['1:2'], sameMoment)
      await store.compareAndSet('1:1', 'b', recordOf('c', noon + 5))
      expectSame(await dueIds(other, everything, 10), ['1:1', '1:2'], sameMoment)
      await store.compareAndSet('1:1', 'c', recordOf('d'))
      expectSame(await dueIds(other, everything, 10), ['1:2'], sameMoment)
      await store.compareAndSet('1:1', 'd', recordOf('e', noon))
      expectSame(await dueIds(other, everything, 10), ['1:1', '1:2'], sameMoment)
    },
  },
  {
    title: 'due() does not give what was deleted',
    run: async ({ store, other }) => {
      await fill(store, { '1:1': noon, '1:2': noon + 10 })
      await store.compareAndSet('1:1', 'first-1:1', undefined)
      expectSame(await dueIds(other, everything, 10), ['1:2'], sameMoment)
      await store.compareAndSet('1:1', undefined, recordOf('again'))
      expectSame(await dueIds(other, everything, 10), ['1:2'], sameMoment)
    },
  },
  {
    title: 'due() is not moved by a write that was refused',
    run: async ({ store }) => {
      await fill(store, { '1:1': noon, '1:2': noon + 10 })
      await store.compareAndSet('1:1', 'stale', recordOf('b', noon + 20))
      await store.compareAndSet('1:1', undefined, recordOf('b', noon + 20))
      await store.compareAndSet('1:1', 'stale', undefined)
      await store.compareAndSet('1:3', 'stale', recordOf('b', noon))
      expectSame(await dueIds(store, everything, 10), ['1:1', '1:2'], sameMoment)
    },
  },
  {
    title: 'due() loses none of those that expire at the same instant',
    run: async ({ store }) => {
      const ids = Array.from({ length: 20 }, (_, index): InstallationId => `3:${index + 1}`)
      await fill(store, Object.fromEntries(ids.map((id) => [id, noon])))
      const rule = 'due() gives every id that is due, up to `limit`.'
      expectMembers(await dueIds(store, noon + 1, 100), ids, rule)
      const some = await dueIds(store, noon + 1, 7)
      expectSame([some.length, new Set(some).size], [7, 7], rule)
    },
  },
  {
    title: 'due() gives each id with the dueAt of its record',
    run: async ({ store }) => {
      const dueAts = { '1:1': noon + 0.5, '1:2': noon, '2:1': noon + 2 }
      await fill(store, dueAts)
      const entries = await store.due(everything, 10)
      expectSame(
        entries.map(({ id, dueAt }) => [id, dueAt]),
        [
          ['1:2', noon],
          ['1:1', noon + 0.5],
          ['2:1', noon + 2],
        ],
        'due() gives entries of an id and its dueAt.',
      )
    },
  },
  {
    title: 'F41 due() goes on behind the last entry of a page, and gives every entry once',
    run: async ({ store }) => {
      const ids = Array.from({ length: 25 }, (_, index): InstallationId => `${(index % 4) + 1}:${index + 1}`)
      await fill(store, Object.fromEntries(ids.map((id, index) => [id, noon + (index % 3)])))
      const whole = await dueIds(store, everything, 100)
      for (const limit of [1, 4, 25]) {
        const found: InstallationId[] = []
        let after: DueEntry | undefined
        while (found.length <= ids.length) {
          const page: DueEntry[] = await store.due(everything, limit, after)
          found.push(...page.map(({ id }) => id))
          after = page.at(-1)
          if (after === undefined) break
        }
        expectSame(found, whole, pageRule)
      }
    },
  },
  {
    title: 'due() orders the ids of one instant as text',
    run: async ({ store }) => {
      const ids = ['9:1', '10:1', '1:20', '1:3', '1:1', '10:02', '2:1'] satisfies InstallationId[]
      await fill(store, Object.fromEntries(ids.map((id) => [id, noon])))
      expectSame(await dueIds(store, everything, 10), ids.toSorted(), pageRule)
    },
  },
  {
    title:
      'F41 due() goes on behind an entry that has moved or is gone, and neither skips nor repeats the others',
    run: async ({ store }) => {
      await fill(store, { '1:1': noon, '1:2': noon + 1, '1:3': noon + 1, '1:4': noon + 2, '1:5': noon + 3 })
      const [, after] = await store.due(everything, 2)
      await store.compareAndSet('1:2', 'first-1:2', recordOf('b', noon + 9))
      await store.compareAndSet('1:1', 'first-1:1', undefined)
      expectSame(await dueIds(store, noon + 5, 10, after), ['1:3', '1:4', '1:5'], pageRule)
      await store.compareAndSet('1:2', 'b', undefined)
      expectSame(await dueIds(store, noon + 3, 10, after), ['1:3', '1:4'], pageRule)
      expectSame(await dueIds(store, noon + 5, 2, after), ['1:3', '1:4'], pageRule)
      expectSame(await dueIds(store, noon + 5, 10, { id: '9:9', dueAt: noon + 9 }), [], pageRule)
    },
  },
  {
    title: 'F33 due() and the records agree after concurrent writes',
    run: (clients) =>
      writeAtRandom(clients, async (stored) => {
        const due = [...stored].flatMap(([id, { dueAt }]) => (dueAt === undefined ? [] : [{ id, dueAt }]))
        due.sort((first, second) => first.dueAt - second.dueAt || (first.id < second.id ? -1 : 1))
        const expected = due.map(({ id }) => id)
        expectSame(await dueIds(clients.store, everything, 1_000), expected, sameMoment)
      }),
  },
]

async function dueIds(
  store: With<'due'>,
  before: number,
  limit: number,
  after?: DueEntry,
): Promise<InstallationId[]> {
  return (await store.due(before, limit, after)).map(({ id }) => id)
}
