import type { Figure, Row } from './row.ts'

/** The figures of an earlier run: row, name of the figure, value. */
export type SavedRun = Readonly<Record<string, Readonly<Record<string, number>>>>

export interface Worse {
  readonly row: string
  readonly figure: string
  readonly before: number
  readonly now: number
}

/** Returns what is worse than in the saved run, by more than its tolerance. What only one of the runs has is not compared. */
export function worseThan(saved: SavedRun, rows: readonly Row[]): Worse[] {
  return rows.flatMap(({ name, figures }) =>
    Object.entries(figures).flatMap(([figure, now]) => {
      const before = saved[name]?.[figure]
      return before === undefined || !isWorse(before, now)
        ? []
        : [{ row: name, figure, before, now: now.value }]
    }),
  )
}

function isWorse(before: number, { value, better, tolerance }: Figure): boolean {
  if (Number.isNaN(value)) return true
  return better === 'lower' ? value > before * (1 + tolerance) : value < before / (1 + tolerance)
}

/** Returns what to save: the figures of these rows, and of the earlier run for rows that this one did not measure. */
export function savedRun(before: SavedRun, rows: readonly Row[]): SavedRun {
  return { ...before, ...Object.fromEntries(rows.map(({ name, figures }) => [name, valuesOf(figures)])) }
}

function valuesOf(figures: Row['figures']): Record<string, number> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, { value }]) => [name, Number(value.toPrecision(3))]),
  )
}
