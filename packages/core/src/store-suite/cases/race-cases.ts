import type { InstallationId } from '../../machine/account.ts'
import type { StoredRecord, TokenStore } from '../../store/store.ts'
import { ContractViolation, expectRecord, expectSame } from '../contract-violation.ts'
import { atOnce, recordOf, type SuiteCase } from '../suite-case.ts'

const id: InstallationId = '12:34'
const oneWins = 'Of any number of concurrent compareAndSet() with the same expectation, exactly one succeeds.'
const winnersStays = 'The stored record is the one whose compareAndSet() resolved to true.'

/** What holds when many write at once: this is what elects the one process that refreshes. */
export const raceCases: readonly SuiteCase[] = [
  {
    title: 'F02 of 100 concurrent inserts exactly one succeeds, and its record is the one stored',
    run: async (clients) => {
      const offers = await atOnce(clients, 100, (client, index) =>
        offer(client, undefined, recordOf(`insert-${index}`)),
      )
      expectOneWinner(offers, await clients.other.get(id))
    },
  },
  {
    title: 'F02 of 100 concurrent updates exactly one succeeds, and its record is the one stored',
    run: async (clients) => {
      await clients.store.compareAndSet(id, undefined, recordOf('before', 1))
      const offers = await atOnce(clients, 100, (client, index) =>
        offer(client, 'before', recordOf(`update-${index}`, index)),
      )
      expectOneWinner(offers, await clients.other.get(id))
    },
  },
  {
    title: 'F19 of 100 concurrent deletes and updates exactly one succeeds, and it alone has an effect',
    run: async (clients) => {
      await clients.store.compareAndSet(id, undefined, recordOf('before', 1))
      const offers = await atOnce(clients, 100, (client, index) =>
        offer(client, 'before', index % 4 < 2 ? undefined : recordOf(`update-${index}`)),
      )
      expectOneWinner(offers, await clients.other.get(id))
    },
  },
  {
    title: 'concurrent writes of different records all succeed',
    run: async (clients) => {
      const rule = 'Only the version of the same record decides over a compareAndSet().'
      const landed = await atOnce(clients, 50, (client, index) =>
        client.compareAndSet(`7:${index + 1}`, undefined, recordOf(`v${index}`)),
      )
      for (const one of landed) expectSame(one, true, rule)
      for (const [index] of landed.entries())
        expectRecord(await clients.other.get(`7:${index + 1}`), recordOf(`v${index}`), rule)
    },
  },
  {
    title: 'F05 none of 100 read-modify-writes by 10 concurrent writers is lost',
    run: async (clients) => {
      await clients.store.compareAndSet(id, undefined, { version: 'start', value: '0' })
      await atOnce(clients, 10, async (client, writer) => {
        for (let done = 0; done < 10; done++) await increment(client, `${writer}-${done}`)
      })
      const rule = 'A compareAndSet() that resolved to true has replaced the very record of that version.'
      expectSame((await clients.other.get(id))?.value, '100', rule)
    },
  },
]

interface Offer {
  readonly next: StoredRecord | undefined
  readonly landed: boolean
}

async function offer(
  store: TokenStore,
  expected: string | undefined,
  next: StoredRecord | undefined,
): Promise<Offer> {
  return { next, landed: await store.compareAndSet(id, expected, next) }
}

function expectOneWinner(offers: readonly Offer[], stored: StoredRecord | undefined): void {
  const winners = offers.filter(({ landed }) => landed)
  expectSame(winners.length, 1, oneWins)
  expectRecord(stored, winners[0]?.next, winnersStays)
}

/** Each refusal means that another writer got on, so more tries than writes by all writers mean a store that lies. */
const mostTries = 200

async function increment(store: TokenStore, name: string): Promise<void> {
  for (let tries = 0; tries < mostTries; tries++) {
    const before = await store.get(id)
    const next = { version: `${name}-${tries}`, value: String(Number(before?.value) + 1) }
    if (await store.compareAndSet(id, before?.version, next)) return
  }
  throw new ContractViolation(
    'compareAndSet() is refused only because another write came first.',
    'an increment that lands in the end',
    `${mostTries} refusals in a row`,
  )
}
