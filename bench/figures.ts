/** Milliseconds of one thing, many times over. */
export function percentiles(samples: readonly number[]): { p50: number; p99: number } {
  const sorted = samples.toSorted((left, right) => left - right)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
  return { p50: at(0.5), p99: at(0.99) }
}

export function median(values: readonly number[]): number {
  return percentiles(values).p50
}

export function least(values: readonly number[]): number {
  return Math.min(...values)
}

export function most(values: readonly number[]): number {
  return Math.max(...values)
}

export const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 1)
export const whole = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ')
export const times = (value: number): string => `${value.toFixed(2)} ×`

/** Prints a table in Markdown. */
export function printTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  console.log([`\n### ${title}\n`, line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'))
}

/** The time of this machine in milliseconds, finer than `Date.now()` and the same in every process. */
export const preciseNow = (): number => performance.timeOrigin + performance.now()

export const pause = (forMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, forMs))

/** Resolves to how long the work took, in milliseconds. */
export async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/**
 * Takes a figure of each contender in turns, so that whatever else the machine does disturbs all of them. Returns `rounds`
 * figures for each. The first round is to warm up and does not count.
 */
export async function inTurns<Name extends string>(
  rounds: number,
  contenders: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[]
  const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round <= rounds; round++)
    for (const name of names) {
      const figure = await contenders[name]()
      if (round > 0) figures[name].push(figure)
    }
  return figures
}
