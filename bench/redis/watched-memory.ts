import { inTurns, least, pause, times, whole } from '../figures.ts'
import { report } from '../rows/row.ts'
import { idsOf, install, openClient, startFake } from './scene.ts'

const installations = 500
const runs = 9
const rounds = 5
const passes = 10
/** So short that every record in memory is older. */
const cacheMs = 20
const aim = 1.25

/** A record in memory older than `cacheMs`, over a store that tells of changes, against one that is younger. */
export async function benchWatchedMemory(port: number): Promise<void> {
  const { fake, origin } = await startFake(installations)
  const ids = idsOf(installations)
  const setup = { port, prefix: 'watched', origin }
  const old = openClient({ ...setup, policy: { cacheMs } })
  const young = openClient({ ...setup, policy: { cacheMs: 3_600_000 } })
  await install(young.oauth, fake, ids)
  const handlesOf = ({ oauth }: typeof old) => ids.map((id) => oauth.installation(id))
  const [oldHandles, youngHandles] = [handlesOf(old), handlesOf(young)]
  // The watch begins with the first use. What was read before it stands is read once more.
  for (const waitMs of [500, 0]) {
    await Promise.all(oldHandles.map((installation) => installation.accessToken()))
    await pause(waitMs)
  }

  let reads = 0
  const each = await inTurns(runs, {
    async older() {
      const before = await commandCount(young.redis, 'get')
      const took = await leastEach(oldHandles)
      reads += (await commandCount(young.redis, 'get')) - before
      return took
    },
    younger: () => leastEach(youngHandles),
  })
  for (const { redis } of [old, young]) redis.disconnect()
  await fake.close()
  const perCall = reads / ((runs + 1) * rounds * passes * installations)
  const ratio = least(each.older) / least(each.younger)
  report({
    name: 'a record in memory older than cacheMs, over a store that can tell',
    aim: `no GET, at most ${aim} × the time from memory`,
    result: `${perCall.toFixed(2)} GETs each, ${times(ratio)}: ${whole(least(each.older))} ns`,
    isMet: reads === 0 && ratio <= aim,
    beside: `from memory ${whole(least(each.younger))} ns; least of ${runs * rounds * passes} runs in turns, ${installations} records each`,
    figures: {
      'GETs of each call': { value: perCall, better: 'lower', tolerance: 0 },
      'of the time from memory': { value: ratio, better: 'lower', tolerance: 0.5 },
    },
  })
}

/** Nanoseconds of a call when all records are older than the shorter `cacheMs`: the least of several rounds. */
async function leastEach(handles: readonly { accessToken(): Promise<string> }[]): Promise<number> {
  const took: number[] = []
  for (let round = 0; round < rounds; round++) {
    await pause(2 * cacheMs)
    for (let pass = 0; pass < passes; pass++) {
      const startedAt = process.hrtime.bigint()
      for (const installation of handles) await installation.accessToken()
      took.push(Number(process.hrtime.bigint() - startedAt) / handles.length)
    }
  }
  return least(took)
}

/** How often Redis has carried out a command since it started. */
async function commandCount(redis: { info(section: string): Promise<string> }, command: string) {
  const text = await redis.info('commandstats')
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(text)?.[1] ?? 0)
}
