import { expectSame } from '../contract-violation.ts'
import { fill, recordOf, type SuiteCase, type With } from '../suite-case.ts'
import { writeAtRandom } from '../write-at-random.ts'

const noon = Date.UTC(2026, 5, 1, 12)
const everything = Number.MAX_SAFE_INTEGER
const exact = 'count() counts the stored records of the kind, each once.'
const sameMoment = 'count() follows every write at once: the records and their number change together.'

/** What `count()` may be expected to say; the counts of health checks stand on it. */
export const countCases: readonly SuiteCase<With<'count'>>[] = [
  {
    title: 'count() of an empty store is 0',
    run: async ({ store }) => {
      expectSame(await store.count({ attention: true }), 0, exact)
      expectSame(await store.count({ dueBefore: everything }), 0, exact)
    },
  },
  {
    title:
      'count({ dueBefore }) counts the records that due() gives: before the instant, and none without dueAt',
    run: async ({ store, other }) => {
      await fill(store, {
        '1:1': noon - 1,
        '1:2': noon,
        '1:3': noon + 1,
        '1:4': undefined,
        '2:1': noon - 0.5,
      })
      expectSame(await other.count({ dueBefore: noon }), 2, exact)
      expectSame(await other.count({ dueBefore: noon - 1 }), 0, exact)
      expectSame(await other.count({ dueBefore: everything }), 4, exact)
    },
  },
  {
    title: 'count({ attention }) counts the marked records alone',
    run: async ({ store, other }) => {
      await fill(store, { '1:1': noon, '1:2': undefined })
      await store.compareAndSet('1:3', undefined, recordOf('a', noon, true))
      await store.compareAndSet('2:3', undefined, recordOf('a', undefined, true))
      expectSame(await other.count({ attention: true }), 2, exact)
    },
  },
  {
    title: 'count() follows updates and deletes, and no refused write',
    run: async ({ store, other }) => {
      const now = async () => [
        await other.count({ attention: true }),
        await other.count({ dueBefore: everything }),
      ]
      await store.compareAndSet('1:1', undefined, recordOf('a', noon, true))
      expectSame(await now(), [1, 1], sameMoment)
      await store.compareAndSet('1:1', 'stale', undefined)
      await store.compareAndSet('1:2', 'stale', recordOf('a', noon, true))
      await store.compareAndSet('1:1', undefined, recordOf('x', noon, true))
      expectSame(await now(), [1, 1], sameMoment)
      await store.compareAndSet('1:1', 'a', recordOf('b', noon + 5))
      expectSame(await now(), [0, 1], sameMoment)
      await store.compareAndSet('1:1', 'b', recordOf('c', undefined, true))
      expectSame(await now(), [1, 0], sameMoment)
      await store.compareAndSet('1:1', 'c', undefined)
      expectSame(await now(), [0, 0], sameMoment)
    },
  },
  {
    title: 'F33 count() and the records agree after concurrent writes',
    run: (clients) =>
      writeAtRandom(clients, async (stored) => {
        const records = [...stored.values()]
        const found = [
          await clients.other.count({ attention: true }),
          await clients.other.count({ dueBefore: everything }),
        ]
        const expected = [
          records.filter(({ attention }) => attention === true).length,
          records.filter(({ dueAt }) => dueAt !== undefined).length,
        ]
        expectSame(found, expected, sameMoment)
      }),
  },
]
