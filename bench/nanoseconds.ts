import { measure } from 'mitata'
import { inTurns, least } from './figures.ts'

/** How long each call takes, in nanoseconds: the least of so many runs, which take turns. */
export async function nanosecondsOf<Name extends string>(
  runs: number,
  calls: Readonly<Record<Name, () => Promise<unknown>>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(calls) as Name[]
  const contenders = names.map((name) => [name, () => typical(calls[name])] as const)
  const figures = await inTurns(runs, Object.fromEntries(contenders) as Record<Name, () => Promise<number>>)
  return Object.fromEntries(names.map((name) => [name, least(figures[name])])) as Record<Name, number>
}

/** Samples are so short that the machine does something else in few of them. */
async function typical(call: () => Promise<unknown>): Promise<number> {
  const { p25 } = await measure(call, { min_cpu_time: 60e6, batch_samples: 128 })
  return p25
}
