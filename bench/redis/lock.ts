import { median, ms, times } from '../figures.ts'
import { report } from '../rows/row.ts'
import { saveExpired, startCrowd } from './crowd.ts'
import { handWrittenLock, thisLibrary } from './libraries.ts'
import { idsOf, startFake } from './scene.ts'

const size = { processes: 4, callers: 25 }
const latencyMs = 50
const crowds = 5
/** How often each crowd asks, for another installation each time: first cold, then warm. */
const asks = 5
const aims = { warm: 0.4, cold: 0.9 }

/** The time that a refresh takes beyond the endpoint's own, for callers in 4 processes, against a hand-written Redis lock. */
export async function benchLock(port: number): Promise<void> {
  const overheads = {
    [thisLibrary]: { cold: [] as number[], warm: [] as number[] },
    [handWrittenLock]: { cold: [] as number[], warm: [] as number[] },
  }
  for (let crowd = 0; crowd < crowds; crowd++)
    for (const [name, { cold, warm }] of Object.entries(overheads)) {
      const [first = NaN, ...others] = await overheadsOf(port, name)
      cold.push(first)
      warm.push(...others)
    }
  const [ours, lock] = [overheads[thisLibrary], overheads[handWrittenLock]]
  for (const state of ['warm', 'cold'] as const) {
    const ratio = median(ours[state]) / median(lock[state])
    report({
      name: `wall time of ${size.processes} × ${size.callers} callers over the endpoint's own ${latencyMs} ms, ${state}`,
      aim: `${aims[state]} × a hand-written Redis lock`,
      result: `${times(ratio)}: ${ms(median(ours[state]))} ms`,
      isMet: ratio <= aims[state],
      beside: `lock ${ms(median(lock[state]))} ms; median of ${ours[state].length} runs of ${crowds} crowds in turns`,
      figures: { 'of the lock': { value: ratio, better: 'lower', tolerance: 0.3 } },
    })
  }
}

async function overheadsOf(port: number, name: string): Promise<number[]> {
  const { fake, origin } = await startFake(asks, { latencyMs })
  const setup = { port, prefix: `lock-${crypto.randomUUID()}`, origin }
  const ids = idsOf(asks)
  await saveExpired(name, setup, fake, ids)
  const crowd = await startCrowd(name, setup, size)
  const overheads: number[] = []
  for (const id of ids) {
    const outcomes = await crowd.ask(id)
    const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0)
    if (failed > 0) throw new Error(`${name}: ${failed} callers failed`)
    overheads.push(Math.max(...outcomes.map(({ tookMs }) => tookMs)) - latencyMs)
  }
  crowd.kill()
  await fake.close()
  return overheads
}
