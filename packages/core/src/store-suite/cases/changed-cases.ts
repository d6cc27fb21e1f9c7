import type { InstallationId } from '../../machine/account.ts'
import type { StoredRecord } from '../../store/store.ts'
import { ContractViolation, expectRecord } from '../contract-violation.ts'
import { recordOf, type Clients, type SuiteCase, type With } from '../suite-case.ts'

const id: InstallationId = '12:34'
const noticed = 'changed() resolves when the record may have changed.'
const noticedAlready = 'changed() resolves at once if the record has changed already.'
const released = 'changed() resolves at the signal, and does not reject for it.'
const handsOver =
  'changed() resolves to nothing, or to a record that was stored at some moment since the call.'

type ChangedCase = SuiteCase<With<'changed'>>

/** What `changed()` may be expected to do; without it, callers that wait for another process poll. */
export const changedCases: readonly ChangedCase[] = [
  changedCase('changed() resolves when another client updates the record', async (clients, signal) => {
    const waiting = outcomeOf(clients.store.changed(id, 'a', signal))
    await clients.other.compareAndSet(id, 'a', recordOf('b'))
    await expectResolved(waiting, clients, noticed)
  }),
  changedCase('changed() resolves when the same client updates the record', async (clients, signal) => {
    const waiting = outcomeOf(clients.store.changed(id, 'a', signal))
    await clients.store.compareAndSet(id, 'a', recordOf('b'))
    await expectResolved(waiting, clients, noticed)
  }),
  changedCase('changed() resolves when the record is deleted', async (clients, signal) => {
    const waiting = outcomeOf(clients.store.changed(id, 'a', signal))
    await clients.other.compareAndSet(id, 'a', undefined)
    await expectResolved(waiting, clients, noticed)
  }),
  changedCase(
    'changed() resolves at once when the record has another version already',
    async (clients, signal) => {
      await clients.other.compareAndSet(id, 'a', recordOf('b'))
      await expectResolved(outcomeOf(clients.store.changed(id, 'a', signal)), clients, noticedAlready)
    },
  ),
  changedCase('changed() resolves at once when there is no such record', async (clients, signal) => {
    await expectResolved(outcomeOf(clients.store.changed('9:9', 'a', signal)), clients, noticedAlready, '9:9')
    await clients.other.compareAndSet(id, 'a', undefined)
    await expectResolved(outcomeOf(clients.store.changed(id, 'a', signal)), clients, noticedAlready)
  }),
  changedCase(
    'changed() resolves for every one of 50 callers that wait for the same record',
    async (clients, signal) => {
      const waiting = Array.from({ length: 50 }, () => outcomeOf(clients.store.changed(id, 'a', signal)))
      await clients.other.compareAndSet(id, 'a', recordOf('b'))
      for (const each of waiting) await expectResolved(each, clients, noticed)
    },
  ),
  changedCase('changed() tells one change after another', async (clients, signal) => {
    let version = 'a'
    for (const next of ['b', 'c', 'd']) {
      const waiting = outcomeOf(clients.store.changed(id, version, signal))
      await clients.other.compareAndSet(id, version, recordOf(next))
      await expectResolved(waiting, clients, noticed)
      version = next
    }
  }),
  changedCase('changed() hands over the stored record, or none', async (clients, signal) => {
    const waiting = outcomeOf(clients.store.changed(id, 'a', signal))
    await clients.other.compareAndSet(id, 'a', recordOf('b', 5, true))
    await expectResolved(waiting, clients, noticed)
  }),
  changedCase('changed() hands over no record that was replaced before the call', async (clients, signal) => {
    await clients.other.compareAndSet(id, 'a', recordOf('b'))
    await clients.other.compareAndSet(id, 'b', recordOf('c'))
    await clients.other.compareAndSet('12:35', undefined, recordOf('d'))
    await expectResolved(outcomeOf(clients.store.changed(id, 'a', signal)), clients, noticedAlready)
  }),
  changedCase('changed() hands over one whole record while others follow', async (clients, signal) => {
    const versions = ['b', 'c', 'd', 'e', 'f'] as const
    const waiting = outcomeOf(clients.store.changed(id, 'a', signal))
    let version = 'a'
    for (const next of versions) {
      await clients.other.compareAndSet(id, version, recordOf(next))
      version = next
    }
    const record = await resolved(waiting, clients, noticed)
    const written = versions.find((one) => one === record?.version) ?? version
    if (record !== undefined) expectRecord(record, recordOf(written), handsOver)
  }),
  changedCase('changed() resolves when the signal comes', async (clients) => {
    const leaving = new AbortController()
    const waiting = outcomeOf(clients.store.changed(id, 'a', leaving.signal))
    await clients.store.get(id)
    leaving.abort(new Error('the caller went away'))
    await expectResolved(waiting, clients, released)
  }),
  changedCase('changed() resolves at once when the signal came before', async (clients) => {
    const waiting = outcomeOf(
      clients.store.changed(id, 'a', AbortSignal.abort(new Error('the caller went away'))),
    )
    await expectResolved(waiting, clients, released)
  }),
  changedCase('changed() goes on for the others when one caller goes away', async (clients, signal) => {
    const leaving = new AbortController()
    const gone = outcomeOf(clients.store.changed(id, 'a', leaving.signal))
    const staying = outcomeOf(clients.store.changed(id, 'a', signal))
    leaving.abort()
    await expectResolved(gone, clients, released)
    await clients.other.compareAndSet(id, 'a', recordOf('b'))
    await expectResolved(staying, clients, noticed)
  }),
]

/** A case that begins with a record of version `a`. Its signal comes at the end, so that nothing stays behind. */
function changedCase(
  title: string,
  run: (clients: Clients<With<'changed'>>, signal: AbortSignal) => Promise<void>,
): ChangedCase {
  return {
    title,
    run: async (clients) => {
      const over = new AbortController()
      await clients.store.compareAndSet(id, undefined, recordOf('a'))
      try {
        await run(clients, over.signal)
      } finally {
        over.abort()
      }
    },
  }
}

/** What became of a wait. Taken at once, so that a rejection is never unheard. */
type Outcome = Promise<{ readonly record: StoredRecord | undefined } | { readonly wrong: string }>

function outcomeOf(waiting: Promise<StoredRecord | void>): Outcome {
  return waiting.then(
    (record) => ({ record: record ?? undefined }),
    (error: unknown) => ({ wrong: `rejected: ${String(error)}` }),
  )
}

/** Checks that a wait resolves. Returns the record that was handed over. */
async function resolved(
  outcome: Outcome,
  { patienceMs }: Clients<With<'changed'>>,
  rule: string,
): Promise<StoredRecord | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late: Outcome = new Promise((resolve) => {
    timer = setTimeout(resolve, patienceMs, { wrong: `still pending after ${patienceMs} ms` })
  })
  try {
    const found = await Promise.race([outcome, late])
    if ('wrong' in found) throw new ContractViolation(rule, 'resolved', found.wrong)
    return found.record
  } finally {
    clearTimeout(timer)
  }
}

/** Checks that a wait resolves, and that a record that it hands over is the stored one. No write may be under way. */
async function expectResolved(
  outcome: Outcome,
  clients: Clients<With<'changed'>>,
  rule: string,
  of = id,
): Promise<void> {
  const record = await resolved(outcome, clients, rule)
  if (record !== undefined) expectRecord(record, await clients.other.get(of), handsOver)
}
