import { ms, percentiles, preciseNow, times } from '../figures.ts'
import { report } from '../rows/row.ts'
import { bareRounds, startOther } from './between-processes.ts'
import { idsOf, install, openClient, startFake, type Setup } from './scene.ts'

const refreshes = 200
const runs = 20
const latencyMs = 30
const aim = 2

/** From just before another process sends its save to when a waiter in this one holds the token. */
export async function benchRival(port: number): Promise<void> {
  const { fake, origin } = await startFake(refreshes, { latencyMs })
  const setup: Setup = { port, prefix: 'rival', origin, policy: { cacheMs: 0 } }
  const { oauth, redis } = openClient(setup)
  const ids = idsOf(refreshes)
  await install(oauth, fake, ids, 7_200_000)
  const rival = await startOther(setup)
  const samples: number[] = []
  const bare: number[] = []
  for (const [index, id] of ids.entries()) {
    if (index % (refreshes / runs) === 0)
      bare.push(...(await bareRounds(port, rival, { rounds: refreshes / runs, idleMs: latencyMs })))
    const claimed = rival.told()
    rival.send({ refresh: id })
    await claimed
    const saved = rival.told()
    await oauth.installation(id).accessToken()
    samples.push(preciseNow() - Number(await saved))
  }
  rival.kill()
  redis.disconnect()
  const requests = fake.tokenRequests({ grantType: 'refresh_token' }).length
  await fake.close()
  const [ours, floor] = [percentiles(samples), percentiles(bare)]
  const ratio = ours.p50 / floor.p50
  report({
    name: "from a rival's save to the waiter's token, between two processes",
    aim: `${aim} × a bare pub/sub round`,
    result: `${times(ratio)}: p50 ${ms(ours.p50)} ms, p99 ${ms(ours.p99)} ms`,
    isMet: ratio <= aim && requests === refreshes,
    beside: `bare round p50 ${ms(floor.p50)} ms, p99 ${ms(floor.p99)} ms; ${refreshes} of each in ${runs} turns, ${requests} token requests`,
    figures: { 'of a bare round': { value: ratio, better: 'lower', tolerance: 0.3 } },
  })
}
