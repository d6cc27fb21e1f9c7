import { parse, type Options } from 'csv-parse/sync'
import { nameTokens } from './column-names.ts'
import type { PlacedRow } from './placed-row.ts'

const delimiters = [',', ';', '\t']

const lenient: Options = {
  relax_column_count: true,
  relax_quotes: true,
  skip_records_with_empty_values: true,
}

/**
 * Returns the rows below a header that names the tokens, or undefined without such a header. It decides what separates the
 * values, unless Excel's line `sep=;` stands above it. Line breaks must be `\n`.
 */
export function rowsOfCsv(text: string): PlacedRow[] | undefined {
  const [line, named] = /^"?sep=(.)"?\n/i.exec(text) ?? ['']
  // The empty line keeps the numbers of the others.
  const table = line === '' ? text : `\n${text.slice(line.length)}`
  const [best] = (named === undefined ? delimiters : [named])
    .map((delimiter) => ({ delimiter, header: recordOf(table, delimiter) ?? [] }))
    .filter(({ header }) => nameTokens(header))
    .toSorted((one, other) => other.header.length - one.header.length)
  return best && rowsBelow(best.header, table, best.delimiter)
}

function recordOf(text: string, delimiter: string): string[] | undefined {
  try {
    return parse(text, { ...lenient, delimiter, to: 1 })[0]
  } catch {
    return undefined
  }
}

/** Where a record has too few or too many values, a quote may have joined lines: then each of them is read by itself. */
function rowsBelow(header: readonly string[], text: string, delimiter: string): PlacedRow[] {
  const lines = text.split('\n')
  const rows: PlacedRow[] = []
  let read = 0
  const add = (record: readonly string[] | undefined, line: number) => {
    const place = `line ${line}`
    rows.push(
      record?.length === header.length
        ? { place, row: rowOf(header, record) }
        : { place, problem: 'does not have as many values as the first line has names' },
    )
  }
  const addLinesTo = (end: number) => {
    for (const [index, line] of lines.slice(read, end).entries())
      if (line.trim() !== '') add(recordOf(line, delimiter), read + index + 1)
  }
  try {
    parse(text, {
      ...lenient,
      delimiter,
      on_record: (record: string[], { lines: end }) => {
        if (record.length === header.length) add(record, end)
        else addLinesTo(end)
        read = end
        return null
      },
    })
  } catch {
    // A quote that nobody closes.
    addLinesTo(lines.length)
  }
  return rows.slice(1)
}

/** What databases write for no value: MySQL, and PostgreSQL in its own format. */
const noValues = ['NULL', '\\N']

/** Of columns with the same name, the first with a value counts. */
function rowOf(header: readonly string[], cells: readonly string[]): Record<string, string> {
  const row: Record<string, string> = {}
  for (const [index, column] of header.entries()) {
    const cell = cells[index] ?? ''
    row[column] ||= noValues.includes(cell) ? '' : cell
  }
  return row
}
