import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startRedis } from '@pd/test-support/redis'
import { median, whole } from '../figures.ts'
import { inBatches } from '../in-batches.ts'
import { report } from '../rows/row.ts'
import type { Resident } from './resident-worker.ts'
import { idsOf, openClient } from './scene.ts'

const known = 1_000_000
const minutes = 5
const aim = 1.1

/** The memory of a process whose traffic goes over all of many installations, while it keeps 10 000. Only with `--long`. */
export async function benchResident(isLong: boolean): Promise<void> {
  if (!isLong) return
  await using server = await startRedis()
  const setup = { port: server.port, prefix: 'resident', origin: 'http://127.0.0.1:1' }
  const { oauth, redis } = openClient({ ...setup, policy: { cacheEntries: 1 } })
  const obtainedAt = Date.now()
  await inBatches(idsOf(known), async (id, index) => {
    const [companyId, userId] = id.split(':').map(Number) as [number, number]
    const tokens = {
      access_token: `v1u:${'A'.repeat(490)}${index}`,
      refresh_token: `1:1:${index}`,
      expires_in: 86_000,
    }
    await oauth.adopt(tokens, { obtainedAt, account: { companyId, userId } })
  })
  redis.disconnect()

  const env = { ...process.env, RESIDENT: JSON.stringify({ setup, known, minutes }) }
  const child = fork(fileURLToPath(new URL('./resident-worker.ts', import.meta.url)), { env })
  const [{ calls, residentMiB }] = (await once(child, 'message')) as [Resident]
  child.kill()
  const perMinute = residentMiB.length / minutes
  const byMinute = Array.from({ length: minutes }, (_, minute) =>
    median(residentMiB.slice(minute * perMinute, (minute + 1) * perMinute)),
  )
  // The first minute fills the memory.
  const ratio = byMinute.at(-1)! / byMinute[1]!
  report({
    name: `resident memory with ${whole(known)} known installations and 10 000 in memory, ${minutes} minutes of traffic`,
    aim: `flat within ${aim} ×`,
    result: `${ratio.toFixed(2)} × from the second to the last minute: ${byMinute.map(whole).join(', ')} MiB`,
    isMet: ratio <= aim,
    beside: `${whole(calls)} calls, 64 at once; median of each minute, 1 run`,
    figures: { 'last minute of the second': { value: ratio, better: 'lower', tolerance: 0.1 } },
  })
}
