import type { InstallationId } from '@pd/oauth-core'
import { bareDecryption } from '../core/cold-read.ts'
import { most, ms, percentiles, printTable, whole } from '../figures.ts'
import { report } from '../rows/row.ts'
import { idsOf, install, openClient, startFake } from './scene.ts'

const installations = 500
const concurrency = 64
const roundMs = 200
const rounds = 20
const aim = 0.8

interface Contender {
  readonly name: string
  readonly call: (id: InstallationId) => Promise<unknown>
}

/** Calls per second, 64 at once, against the least that anyone would have to do. Rounds alternate. */
export async function benchThroughput(port: number): Promise<void> {
  const { fake, origin } = await startFake(installations)
  const ids = idsOf(installations)
  const setup = { port, prefix: 'throughput', origin }
  const uncached = openClient({ ...setup, policy: { cacheMs: 0 } })
  const cold = openClient({ ...setup, policy: { cacheMs: 0, cacheEntries: 1 } })
  const cached = openClient(setup)
  await install(uncached.oauth, fake, ids)
  const { redis } = uncached
  const texts = await Promise.all(ids.map(async (id) => (await uncached.store.get(id))?.value ?? ''))
  for (const [index, id] of ids.entries()) await redis.set(`raw:${id}`, texts[index]!)
  const decrypt = await bareDecryption(texts[0]!.length)

  const contenders: Contender[] = [
    { name: 'raw `GET` of the same bytes', call: (id) => redis.get(`raw:${id}`) },
    { name: '`accessToken()`, `cacheMs: 0`', call: (id) => uncached.oauth.installation(id).accessToken() },
    {
      name: 'raw `GET`, and AES-GCM over the same bytes each time',
      call: async (id) => {
        await redis.get(`raw:${id}`)
        await decrypt()
      },
    },
    {
      name: '`accessToken()`, `cacheMs: 0`, nothing remembered',
      call: (id) => cold.oauth.installation(id).accessToken(),
    },
    { name: '`accessToken()` from the cache', call: (id) => cached.oauth.installation(id).accessToken() },
  ]
  const results = contenders.map(() => ({ perSecond: [] as number[], samples: [] as number[] }))
  for (let round = 0; round <= rounds; round++)
    for (const [index, contender] of contenders.entries()) {
      const { perSecond, samples } = await measure(contender, ids)
      // The first round is to warm up.
      if (round === 0) continue
      results[index]!.perSecond.push(perSecond)
      results[index]!.samples = results[index]!.samples.concat(samples)
    }
  const base = most(results[0]!.perSecond)
  printTable(
    `Throughput, ${concurrency} calls at once, ${installations} installations`,
    ['', 'calls/s, best run', 'of raw `GET`', 'p50 ms', 'p99 ms'],
    contenders.map(({ name }, index) => {
      const { perSecond, samples } = results[index]!
      const { p50, p99 } = percentiles(samples)
      return [name, whole(most(perSecond)), (most(perSecond) / base).toFixed(2), ms(p50), ms(p99)]
    }),
  )
  const ours = results[1]!
  const share = most(ours.perSecond) / base
  report({
    name: `cacheMs: 0 over Redis, ${concurrency} at once`,
    aim: `${aim} of raw GET`,
    result: `${share.toFixed(2)}: ${whole(most(ours.perSecond))} a second, p99 ${ms(percentiles(ours.samples).p99)} ms`,
    isMet: share >= aim,
    beside: `raw GET ${whole(base)} a second, p99 ${ms(percentiles(results[0]!.samples).p99)} ms; best of ${rounds} runs in turns`,
    figures: { 'of raw GET': { value: share, better: 'higher', tolerance: 0.15 } },
  })
  for (const client of [uncached, cold, cached]) client.redis.disconnect()
  await fake.close()
}

async function measure({ call }: Contender, ids: readonly InstallationId[]) {
  const samples: number[] = []
  const startedAt = performance.now()
  const end = startedAt + roundMs
  let calls = 0
  const lane = async () => {
    for (let now = performance.now(); now < end;) {
      await call(ids[calls % ids.length]!)
      const then = performance.now()
      if (calls++ % 64 === 0) samples.push(then - now)
      now = then
    }
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  return { perSecond: (calls * 1_000) / (performance.now() - startedAt), samples }
}
