import { parseArgs } from 'node:util'

export type Bench = (isLong: boolean) => Promise<void> | void

export interface Benches {
  /** Those that report rows of the table. */
  readonly rows: Readonly<Record<string, Bench>>
  /** Those that only print figures of their own. `--rows` leaves them out. */
  readonly details?: Readonly<Record<string, Bench>>
}

/** Runs the benches of a group: all, those of `--rows`, or those that `--only` names. */
export async function runBenches({ rows, details = {} }: Benches): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rows: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
    },
  })
  const all: Benches['rows'] = { ...rows, ...details }
  for (const name of values.only?.split(',') ?? Object.keys(values.rows ? rows : all)) {
    const bench = all[name]
    if (bench === undefined) throw new Error(`There is no bench ${name}: ${Object.keys(all).join(', ')}`)
    await bench(values.long)
  }
}
