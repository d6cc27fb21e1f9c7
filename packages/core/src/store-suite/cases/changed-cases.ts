import type { InstallationId } from '../../machine/account.ts'
import { ContractViolation } from '../contract-violation.ts'
import { recordOf, type Clients, type SuiteCase, type With } from '../suite-case.ts'

const id: InstallationId = '12:34'
const noticed = 'changed() resolves when the record may have changed.'
const noticedAlready = 'changed() resolves at once if the record has changed already.'
const released = 'changed() resolves at the signal, and does not reject for it.'

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
    await expectResolved(outcomeOf(clients.store.changed('9:9', 'a', signal)), clients, noticedAlready)
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

/** What became of a wait: undefined when it resolved. Taken at once, so that a rejection is never unheard. */
type Outcome = Promise<string | undefined>

function outcomeOf(waiting: Promise<void>): Outcome {
  return waiting.then(
    () => undefined,
    (error: unknown) => `rejected: ${String(error)}`,
  )
}

async function expectResolved(
  outcome: Outcome,
  { patienceMs }: Clients<With<'changed'>>,
  rule: string,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late: Outcome = new Promise((resolve) => {
    timer = setTimeout(resolve, patienceMs, `still pending after ${patienceMs} ms`)
  })
  try {
    const found = await Promise.race([outcome, late])
    if (found !== undefined) throw new ContractViolation(rule, 'resolved', found)
  } finally {
    clearTimeout(timer)
  }
}
