/** Milliseconds of one thing, many times over. */
export function percentiles(samples: readonly number[]): { p50: number; p99: number } {
  const sorted = samples.toSorted((left, right) => left - right)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
  return { p50: at(0.5), p99: at(0.99) }
}

export function median(values: readonly number[]): number {
  return percentiles(values).p50
}

export const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 1)
export const whole = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ')

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
