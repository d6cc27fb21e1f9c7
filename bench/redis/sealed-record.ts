import { type StoredRecord } from '@pd/oauth-core'
import { startRedis } from '@pd/test-support/redis'
import { idsOf, install, openClient, startFake } from './scene.ts'

const hour = 3_600_000
const refreshesPerRun = 20

/** How long the value of a record with so many entries of history is, as the client seals it. */
export async function sealedLength(historyEntries: number): Promise<number> {
  await using server = await startRedis()
  return (await sealedRecord(server.port, historyEntries)).value.length
}

/** The text in a record with a history of so many entries, as the client seals it: runs of refreshes, and single changes between. */
async function sealedRecord(port: number, historyEntries: number): Promise<StoredRecord> {
  const [id] = idsOf(1)
  const { fake, origin } = await startFake(1)
  let now = Date.now() - 365 * 24 * hour
  const setup = { port, prefix: 'sample', origin, policy: { historyEntries } }
  const { oauth, store, redis } = openClient(setup, { clock: () => now })
  await install(oauth, fake, [id!], Date.now() - now)
  for (let entries = 0; entries < historyEntries; entries += 2) {
    for (let refreshed = 0; refreshed < refreshesPerRun; refreshed++) {
      now += hour + Math.floor(Math.random() * hour)
      await oauth.installation(id!).refresh()
    }
    await oauth.endSessions(id!)
  }
  const history = await oauth.installation(id!).history()
  const record = await store.get(id!)
  if (record === undefined || history?.length !== historyEntries)
    throw new Error(
      `The record was to have a history of ${historyEntries} entries, not of ${history?.length}.`,
    )
  await oauth.settled()
  await redis.flushdb()
  redis.disconnect()
  await fake.close()
  return record
}
