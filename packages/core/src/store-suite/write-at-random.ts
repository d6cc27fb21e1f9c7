import type { InstallationId } from '../machine/account.ts'
import { seededRandom } from './seeded-random.ts'
import type { StoredRecord, TokenStore } from '../store/store.ts'
import { atOnce, recordOf, type Clients } from './suite-case.ts'

const ids: readonly InstallationId[] = ['1:1', '11:1', '2:1', '2:2']
const rounds = 8
const writers = 10
const writesEach = 3

/**
 * Concurrent inserts, updates (with a dueAt, with another, without; marked and not) and deletes of the same few records, each as a
 * client would: read, then compare-and-set. After every round, when nothing is under way, `compare` gets the records
 * there are.
 */
export async function writeAtRandom<Store extends TokenStore>(
  clients: Clients<Store>,
  compare: (stored: ReadonlyMap<InstallationId, StoredRecord>) => Promise<void>,
): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    await atOnce(clients, writers, async (client, writer) => {
      const random = seededRandom(round * writers + writer)
      for (let write = 0; write < writesEach; write++) {
        const id = ids[Math.floor(random() * ids.length)] ?? '1:1'
        const before = await client.get(id)
        const next = anyRecord(random, `${round}-${writer}-${write}`)
        await client.compareAndSet(id, before?.version, next)
      }
    })
    await compare(await storedIn(clients.store))
  }
}

async function storedIn(store: TokenStore): Promise<Map<InstallationId, StoredRecord>> {
  const stored = new Map<InstallationId, StoredRecord>()
  for (const id of ids) {
    const record = await store.get(id)
    if (record !== undefined) stored.set(id, record)
  }
  return stored
}

function anyRecord(random: () => number, version: string): StoredRecord | undefined {
  const dice = random()
  if (dice < 0.25) return undefined
  const attention = random() < 0.5
  const dueAt = dice < 0.5 ? undefined : Math.floor(random() * 1e12) + 1
  return recordOf(version, dueAt, attention)
}
