import type { InstallationId } from '../../machine/account.ts'
import { writeAtRandom } from '../write-at-random.ts'
import { expectMembers, expectSame } from '../contract-violation.ts'
import { listed } from '../listed.ts'
import { fill, recordOf, type SuiteCase, type With } from '../suite-case.ts'

const everyOne = 'list() gives the id of every stored record, each once.'
const exactCompany = 'list() with a companyId gives the installations of that company, and of no other.'
const steady = 'list() has a stable order: writes between two pages move nothing that stays.'

/** What `list()` may be expected to say; `installations()` stands on it. */
export const listCases: readonly SuiteCase<With<'list'>>[] = [
  {
    title: 'list() of an empty store is one page of nothing',
    run: async ({ store }) => {
      expectSame(await listed(store, { limit: 10 }), [], everyOne)
      expectSame(await listed(store, { limit: 10, companyId: 1 }), [], everyOne)
    },
  },
  {
    title: 'list() gives every id once, over pages of any size',
    run: async ({ store, other }) => {
      const ids = idsOf(4, 11)
      await fill(store, dueAtsOf(ids))
      for (const limit of [1, 2, 5, 11, 12, 100]) expectMembers(await listed(other, { limit }), ids, everyOne)
    },
  },
  {
    title: 'list() gives records with and without dueAt alike',
    run: async ({ store }) => {
      await fill(store, { '1:1': 5, '1:2': undefined, '2:1': 7 })
      expectMembers(await listed(store, { limit: 2 }), ['1:1', '1:2', '2:1'], everyOne)
    },
  },
  {
    title: 'F25 list() of one company gives none of another whose number begins or ends alike',
    run: async ({ store }) => {
      const most = Number.MAX_SAFE_INTEGER
      const ids: InstallationId[] = [
        '1:1',
        '1:11',
        '11:1',
        '111:1',
        '10:1',
        '2:1',
        '21:1',
        '1:2',
        `${most}:1`,
      ]
      await fill(store, dueAtsOf(ids))
      for (const limit of [1, 2, 100]) {
        expectMembers(await listed(store, { companyId: 1, limit }), ['1:1', '1:11', '1:2'], exactCompany)
        expectMembers(await listed(store, { companyId: 11, limit }), ['11:1'], exactCompany)
        expectMembers(await listed(store, { companyId: most, limit }), [`${most}:1`], exactCompany)
        expectMembers(await listed(store, { companyId: 3, limit }), [], exactCompany)
      }
    },
  },
  {
    title: 'list() follows inserts, updates and deletes, and no refused write',
    run: async ({ store, other }) => {
      await fill(store, { '1:1': 5, '1:2': 6 })
      await store.compareAndSet('1:1', 'first-1:1', recordOf('b'))
      await store.compareAndSet('1:2', 'first-1:2', undefined)
      await store.compareAndSet('1:3', 'stale', recordOf('b'))
      expectMembers(await listed(other, { limit: 10 }), ['1:1'], everyOne)
      await store.compareAndSet('1:2', undefined, recordOf('c'))
      expectMembers(await listed(other, { limit: 10 }), ['1:1', '1:2'], everyOne)
    },
  },
  {
    title: 'list() leaves nothing out when what it has given is deleted between two pages',
    run: async ({ store, other }) => {
      const ids = idsOf(5, 9)
      await fill(store, dueAtsOf(ids))
      const given = await listed(store, { limit: 2 }, async (page) => {
        for (const id of page) await other.compareAndSet(id, `first-${id}`, undefined)
      })
      expectMembers(given, ids, steady)
    },
  },
  {
    title:
      'list() leaves nothing out, and gives nothing twice, when records are added and changed between two pages',
    run: async ({ store, other }) => {
      const ids = idsOf(5, 9)
      await fill(store, dueAtsOf(ids))
      let added = 0
      const given = await listed(store, { limit: 2 }, async (page) => {
        for (const id of page) await other.compareAndSet(id, `first-${id}`, recordOf(`second-${id}`))
        if (added < 5) await other.compareAndSet(`${++added}:999`, undefined, recordOf('added'))
      })
      expectMembers(
        given.filter((id) => !id.endsWith(':999')),
        ids,
        steady,
      )
      expectSame(new Set(given).size, given.length, everyOne)
    },
  },
  {
    title: 'F33 list() and the records agree after concurrent writes',
    run: (clients) =>
      writeAtRandom(clients, async (stored) => {
        expectMembers(await listed(clients.other, { limit: 2 }), [...stored.keys()], everyOne)
      }),
  },
]

function idsOf(companies: number, count: number): InstallationId[] {
  return Array.from(
    { length: count },
    (_, index): InstallationId => `${(index % companies) + 1}:${index + 1}`,
  )
}

function dueAtsOf(ids: readonly InstallationId[]): Record<InstallationId, number> {
  return Object.fromEntries(ids.map((id, index) => [id, 1_000 - index]))
}
