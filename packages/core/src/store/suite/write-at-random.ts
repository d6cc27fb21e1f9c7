import type { InstallationId } from '../../machine/account.ts'
import { seededRandom } from '../seeded-random.ts'
import type { StoredRecord, TokenStore } from '../store.ts'
import { atOnce, recordOf, type Clients } from './suite-case.ts'

const ids: readonly InstallationId[] = ['1:1', '1:2', '11:1', '2:1', '2:2', '3:1']
const writers = 10
const writesEach = 12

/**
 * Concurrent inserts, updates (with a dueAt, with another, without) and deletes of the same few records, each as a
 * client would: read, then compare-and-set. Resolves to the records that are left.
 */
export async function writeAtRandom<Store extends TokenStore>(
  clients: Clients<Store>,
): Promise<Map<InstallationId, StoredRecord>> {
  await atOnce(clients, writers, async (client, writer) => {
    const random = seededRandom(writer + 1)
    for (let write = 0; write < writesEach; write++) {
      const id = ids[Math.floor(random() * ids.length)] ?? '1:1'
      const before = await client.get(id)
      await client.compareAndSet(id, before?.version, anyRecord(random, `${writer}-${write}`))
    }
  })
  const left = new Map<InstallationId, StoredRecord>()
  for (const id of ids) {
    const stored = await clients.store.get(id)
    if (stored !== undefined) left.set(id, stored)
  }
  return left
}

function anyRecord(random: () => number, version: string): StoredRecord | undefined {
  const dice = random()
  if (dice < 0.25) return undefined
  return dice < 0.5 ? recordOf(version) : recordOf(version, Math.floor(random() * 1e12) + 1)
}
