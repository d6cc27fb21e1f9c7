/** A line of the table that `pnpm bench` prints. */
export interface Row {
  readonly name: string
  readonly aim: string
  readonly result: string
  readonly isMet: boolean
  /** The peers and floors of the same run, and how many runs there were. */
  readonly beside: string
  /** What later runs are compared with, by name. */
  readonly figures: Readonly<Record<string, Figure>>
}

/** A ratio, a count or a size: never a time, which depends on the machine. */
export interface Figure {
  readonly value: number
  readonly better: 'lower' | 'higher'
  /** By which share it may be worse than before. 0.3: a third of noise is nothing. */
  readonly tolerance: number
}

/** Prints a row, and passes it on to the process that prints the table. */
export function report(row: Row): void {
  const { name, aim, result, beside } = row
  console.log(`\n${verdictOf(row)}: ${name}\n  ${result} (aim: ${aim}; ${beside})`)
  process.send?.(row)
}

/** Returns the rows as a table in Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => [row.name, row.aim, row.result, row.beside, verdictOf(row)])
  const head = ['row', 'aim', 'result', 'peer or floor', 'verdict']
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function verdictOf({ isMet }: Row): string {
  return isMet ? 'met' : 'missed'
}
