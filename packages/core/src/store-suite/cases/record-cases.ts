import type { InstallationId } from '../../machine/account.ts'
import type { StoredRecord } from '../../store/store.ts'
import { expectRecord, expectSame } from '../contract-violation.ts'
import { recordOf, type SuiteCase } from '../suite-case.ts'

const id: InstallationId = '12:34'
const refuses =
  'compareAndSet() resolves to false, and writes nothing, unless the version is still `expected`.'
const accepts = 'compareAndSet() resolves to true when the version is still `expected`.'
const latest = 'get() reads the latest write.'
const exact = 'A record comes back exactly as it was written.'

/** What one client may expect of `get` and `compareAndSet`. */
export const recordCases: readonly SuiteCase[] = [
  {
    title: 'get() of an installation that was never stored resolves to undefined',
    run: async ({ store }) => {
      expectRecord(await store.get(id), undefined, 'get() resolves to undefined where there is no record.')
    },
  },
  {
    title: 'compareAndSet() inserts a record where there is none',
    run: async ({ store }) => {
      expectSame(await store.compareAndSet(id, undefined, recordOf('a')), true, accepts)
      expectRecord(await store.get(id), recordOf('a'), latest)
    },
  },
  {
    title: 'compareAndSet() refuses to insert over an existing record',
    run: async ({ store }) => {
      await store.compareAndSet(id, undefined, recordOf('a'))
      expectSame(await store.compareAndSet(id, undefined, recordOf('b')), false, refuses)
      expectRecord(await store.get(id), recordOf('a'), refuses)
    },
  },
  {
    title: 'compareAndSet() replaces a record of the expected version',
    run: async ({ store }) => {
      await store.compareAndSet(id, undefined, recordOf('a'))
      expectSame(await store.compareAndSet(id, 'a', recordOf('b')), true, accepts)
      expectRecord(await store.get(id), recordOf('b'), latest)
    },
  },
  {
    title: 'compareAndSet() refuses to replace a record of another version',
    run: async ({ store }) => {
      await store.compareAndSet(id, undefined, recordOf('a'))
      await store.compareAndSet(id, 'a', recordOf('b'))
      expectSame(await store.compareAndSet(id, 'a', recordOf('c')), false, refuses)
      expectRecord(await store.get(id), recordOf('b'), refuses)
    },
  },
  {
    title: 'compareAndSet() refuses to replace a record that does not exist',
    run: async ({ store }) => {
      expectSame(await store.compareAndSet(id, 'a', recordOf('b')), false, refuses)
      expectRecord(await store.get(id), undefined, refuses)
    },
  },
  {
    title: 'compareAndSet() deletes a record of the expected version',
    run: async ({ store }) => {
      await store.compareAndSet(id, undefined, recordOf('a'))
      expectSame(await store.compareAndSet(id, 'a', undefined), true, accepts)
      expectRecord(await store.get(id), undefined, '`next: undefined` deletes.')
    },
  },
  {
    title: 'compareAndSet() refuses to delete a record of another version',
    run: async ({ store }) => {
      await store.compareAndSet(id, undefined, recordOf('a'))
      expectSame(await store.compareAndSet(id, 'b', undefined), false, refuses)
      expectSame(await store.compareAndSet(id, undefined, undefined), false, refuses)
      expectRecord(await store.get(id), recordOf('a'), refuses)
    },
  },
  {
    title: 'compareAndSet() refuses to delete a record that does not exist',
    run: async ({ store }) => {
      expectSame(await store.compareAndSet(id, 'a', undefined), false, refuses)
    },
  },
  {
    title: 'F19 a record that was deleted and made again does not fit an old expectation',
    run: async ({ store }) => {
      await store.compareAndSet(id, undefined, recordOf('a'))
      await store.compareAndSet(id, 'a', undefined)
      expectSame(await store.compareAndSet(id, undefined, recordOf('b')), true, accepts)
      expectSame(await store.compareAndSet(id, 'a', recordOf('c')), false, refuses)
      expectSame(await store.compareAndSet(id, 'a', undefined), false, refuses)
      expectRecord(await store.get(id), recordOf('b'), refuses)
    },
  },
  {
    title: 'what one client writes, another reads at once',
    run: async ({ store, other }) => {
      expectRecord(await other.get(id), undefined, latest)
      await store.compareAndSet(id, undefined, recordOf('a'))
      expectRecord(await other.get(id), recordOf('a'), latest)
      await other.compareAndSet(id, 'a', recordOf('b'))
      expectRecord(await store.get(id), recordOf('b'), latest)
      await store.compareAndSet(id, 'b', undefined)
      expectRecord(await other.get(id), undefined, latest)
    },
  },
  {
    title: 'versions are compared exactly: case, spaces, leading zeros and prefixes count',
    run: async ({ store }) => {
      const version = '0aB-_zZ9'
      await store.compareAndSet(id, undefined, recordOf(version))
      for (const near of ['0ab-_zz9', `${version} `, ` ${version}`, 'aB-_zZ9', '0aB-_zZ', `${version}0`, ''])
        expectSame(await store.compareAndSet(id, near, recordOf('b')), false, refuses)
      await store.compareAndSet(id, version, recordOf('10'))
      for (const near of ['010', '1e1', '10.0', '0xa'])
        expectSame(await store.compareAndSet(id, near, recordOf('b')), false, refuses)
      expectRecord(await store.get(id), recordOf('10'), refuses)
    },
  },
  {
    title: 'values of 8 KiB, and of every printable character, come back as they were',
    run: async ({ store }) => {
      const ascii = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index))
      const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'
      let version: string | undefined
      for (const value of [base64url.repeat(127).slice(0, 8_192), base64url, ascii]) {
        const next = { version: `of-${value.length}`, value }
        expectSame(await store.compareAndSet(id, version, next), true, accepts)
        expectRecord(await store.get(id), next, exact)
        version = next.version
      }
    },
  },
  {
    title: 'dueAt comes back as it was written: absent, present, changed, removed',
    run: async ({ store }) => {
      const dueAt = Date.UTC(2026, 2, 1)
      const writes = [recordOf('a'), recordOf('b', dueAt), recordOf('c', dueAt + 1), recordOf('d')]
      let version: string | undefined
      for (const next of writes) {
        await store.compareAndSet(id, version, next)
        expectRecord(await store.get(id), next, exact)
        version = next.version
      }
    },
  },
  {
    title: 'dueAt keeps every digit: beyond 32 bits, fractional, as large as whole numbers get',
    run: async ({ store }) => {
      let version: string | undefined
      for (const dueAt of [2 ** 31, 2 ** 32 + 1, 1_767_225_600_000.5, Number.MAX_SAFE_INTEGER]) {
        const next = recordOf(`due-${dueAt}`, dueAt)
        await store.compareAndSet(id, version, next)
        expectRecord(await store.get(id), next, exact)
        version = next.version
      }
    },
  },
  {
    title: 'F25 ids that resemble one another are different records, also with the same user id',
    run: async ({ store }) => {
      const most = Number.MAX_SAFE_INTEGER
      const ids: InstallationId[] = [
        ...(['1:1', '1:2', '2:1', '1:23', '12:3', '11:2', '1:12'] as const),
        ...([`${most}:1`, `1:${most}`, `${most}:${most}`, `${most - 1}:1`, `${2 ** 32 + 1}:1`] as const),
      ]
      const rule = 'Every installation has a record of its own.'
      for (const each of ids)
        expectSame(await store.compareAndSet(each, undefined, recordOf(`v-${each}`)), true, rule)
      for (const each of ids) expectRecord(await store.get(each), recordOf(`v-${each}`), rule)
      await store.compareAndSet('1:2', 'v-1:2', undefined)
      for (const each of ids)
        expectRecord(await store.get(each), each === '1:2' ? undefined : recordOf(`v-${each}`), rule)
    },
  },
  {
    title: 'a record does not change when a caller changes the object it wrote, or the one it read',
    run: async ({ store }) => {
      const rule = 'What is stored changes by compareAndSet() only.'
      const written: StoredRecord = recordOf('a', 1)
      await store.compareAndSet(id, undefined, written)
      spoil(written)
      const read = await store.get(id)
      expectRecord(read, recordOf('a', 1), rule)
      if (read !== undefined) spoil(read)
      expectRecord(await store.get(id), recordOf('a', 1), rule)
    },
  },
]

/** Changes a record in place, as far as it lets itself be changed. */
function spoil(record: StoredRecord): void {
  Reflect.set(record, 'version', 'spoiled')
  Reflect.set(record, 'value', 'spoiled')
  Reflect.deleteProperty(record, 'dueAt')
}
