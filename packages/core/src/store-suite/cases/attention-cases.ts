import type { InstallationId } from '../../machine/account.ts'
import type { StoredRecord } from '../../store/store.ts'
import { expectMembers, expectRecord } from '../contract-violation.ts'
import { listed } from '../listed.ts'
import { recordOf, type SuiteCase, type With } from '../suite-case.ts'
import { writeAtRandom } from '../write-at-random.ts'

const marked = 'list({ attention }) gives exactly the records with the mark, each once.'
const sameMoment = 'list({ attention }) follows every write at once: the record and its mark change together.'

/** What `list({ attention })` may be expected to say; `installations({ needsAttention })` stands on it. */
export const attentionCases: readonly SuiteCase<With<'list'>>[] = [
  {
    title: 'get() gives the attention mark back as it was written',
    run: async ({ store, other }) => {
      const record = withMark('a')
      await store.compareAndSet('1:1', undefined, record)
      expectRecord(await other.get('1:1'), record, 'get() resolves to the record as it was written.')
      await store.compareAndSet('1:1', 'a', recordOf('b'))
      expectRecord(await other.get('1:1'), recordOf('b'), 'get() resolves to the record as it was written.')
    },
  },
  {
    title: 'list({ attention }) of a store without marks is one page of nothing',
    run: async ({ store }) => {
      await store.compareAndSet('1:1', undefined, recordOf('a', 5))
      expectMembers(await listed(store, { attention: true, limit: 10 }), [], marked)
    },
  },
  {
    title:
      'list({ attention }) gives the marked records alone, over pages of any size, of all or of one company',
    run: async ({ store, other }) => {
      const ids = Array.from({ length: 9 }, (_, index): InstallationId => `${(index % 3) + 1}:${index + 1}`)
      for (const [index, id] of ids.entries())
        await store.compareAndSet(id, undefined, index % 2 === 0 ? withMark('a') : recordOf('a', index + 1))
      const expected = ids.filter((_, index) => index % 2 === 0)
      for (const limit of [1, 2, 100]) {
        expectMembers(await listed(other, { attention: true, limit }), expected, marked)
        const ofOne = expected.filter((id) => id.startsWith('1:'))
        expectMembers(await listed(other, { attention: true, companyId: 1, limit }), ofOne, marked)
      }
    },
  },
  {
    title: 'list({ attention }) follows updates and deletes, and no refused write',
    run: async ({ store, other }) => {
      const now = () => listed(other, { attention: true, limit: 10 })
      await store.compareAndSet('1:1', undefined, recordOf('a'))
      await store.compareAndSet('1:1', 'a', withMark('b'))
      expectMembers(await now(), ['1:1'], sameMoment)
      await store.compareAndSet('1:1', 'stale', recordOf('c'))
      await store.compareAndSet('1:2', 'stale', withMark('c'))
      expectMembers(await now(), ['1:1'], sameMoment)
      await store.compareAndSet('1:1', 'b', recordOf('d'))
      expectMembers(await now(), [], sameMoment)
      await store.compareAndSet('1:1', 'd', withMark('e'))
      await store.compareAndSet('1:1', 'e', undefined)
      expectMembers(await now(), [], sameMoment)
      await store.compareAndSet('1:1', undefined, recordOf('f'))
      expectMembers(await now(), [], sameMoment)
    },
  },
  {
    title: 'F33 list({ attention }) and the records agree after concurrent writes',
    run: (clients) =>
      writeAtRandom(clients, async (stored) => {
        const expected = [...stored].flatMap(([id, { attention }]) => (attention === true ? [id] : []))
        expectMembers(await listed(clients.other, { attention: true, limit: 2 }), expected, sameMoment)
      }),
  },
]

function withMark(version: string): StoredRecord {
  return recordOf(version, undefined, true)
}
