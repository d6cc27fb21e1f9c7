import { expectRecord, expectSame } from '../contract-violation.ts'
import { recordOf, type SuiteCase, type With } from '../suite-case.ts'

const statuses: readonly string[] = ['problem', 'warning', 'unchecked']
const sentences =
  'Each finding of check() has a known status, and says what is the case and what to do about it.'
const readsOnly = 'check() only reads: records are the same before and after.'

/** What `check()` may be expected to do, whatever it finds. */
export const checkCases: readonly SuiteCase<With<'check'>>[] = [
  {
    title: 'check() resolves to findings that say what to do, and changes no record',
    run: async ({ store, other }) => {
      const record = recordOf('a', 5, true)
      await other.compareAndSet('1:1', undefined, record)
      for (const { status, found, fix } of await store.check()) {
        expectSame(statuses.includes(status), true, sentences)
        expectSame([found, fix].every(isSentence), true, sentences)
      }
      expectRecord(await other.get('1:1'), record, readsOnly)
    },
  },
]

function isSentence(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== ''
}
