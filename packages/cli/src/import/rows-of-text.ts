import { parse } from 'csv-parse/sync'
import { columnsOf } from './column-names.ts'
import { areOfConnections } from './nango-connection.ts'

/** A row and its place for messages, such as `line 3` or `row 2`. */
export interface PlacedRow {
  readonly place: string
  /** The parsed row. */
  readonly row?: unknown
  /** Why there is no row. */
  readonly problem?: string
}

/**
 * Returns the rows of a text: a JSON array, one JSON object, one JSON object per line, an object of rows whose keys are their
 * references, or CSV whose first line names the columns.
 */
export function rowsOfText(text: string): PlacedRow[] {
  const content = text.replace(/^\uFEFF/, '')
  const whole = parsed(content)
  if (Array.isArray(whole)) return whole.map((row: unknown, index) => ({ place: `row ${index + 1}`, row }))
  if (whole !== undefined)
    return (
      rowsOfMap(whole)?.map((row, index) => ({ place: `row ${index + 1}`, row })) ?? [
        { place: 'row 1', row: whole },
      ]
    )
  const lines = linesOf(content)
  const header = cellsOf(lines[0]?.line ?? '')
  return columnsOf('refreshToken', header ?? []).length > 0
    ? rowsOfCsv(content, header ?? [])
    : lines.map(({ place, line }) => {
        const row = parsed(line)
        return row === undefined ? { place, problem: 'is not JSON' } : { place, row }
      })
}

/** Undefined: the value is no object of rows. */
function rowsOfMap(value: unknown): unknown[] | undefined {
  if (!isObject(value)) return undefined
  const columns = Object.keys(value)
  const isRow = columnsOf('refreshToken', columns).length > 0 || areOfConnections(columns)
  const rows = Object.values(value)
  if (isRow || rows.length === 0 || !rows.every(isObject)) return undefined
  return rows.map((row, index) => {
    const isNamed = columnsOf('reference', Object.keys(row)).some((column) => (row[column] ?? '') !== '')
    return isNamed ? row : Object.assign(row, { reference: columns[index] })
  })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

interface Line {
  readonly place: string
  readonly line: string
}

function linesOf(text: string): Line[] {
  return text
    .split('\n')
    .map((line, index) => ({ place: `line ${index + 1}`, line: line.trim() }))
    .filter(({ line }) => line !== '')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const csv = {
  delimiter: [',', ';', '\t'],
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
}

/** A quote that nobody closes would take every row after it along; then each line is read by itself. */
function rowsOfCsv(text: string, header: readonly string[]): PlacedRow[] {
  try {
    const ends: number[] = []
    const records = parse(text, {
      ...csv,
      on_record: (record: string[], { lines }) => {
        ends.push(lines)
        return record
      },
    })
    const rows = records.map((record, index) => ({
      place: `line ${ends[index]}`,
      row: rowOf(header, record),
    }))
    if (records.every((record) => record.length === header.length)) return rows.slice(1)
  } catch {}
  return linesOf(text)
    .slice(1)
    .map(({ place, line }) => {
      const cells = cellsOf(line)
      return cells?.length === header.length
        ? { place, row: rowOf(header, cells) }
        : { place, problem: 'does not have as many values as the first line has names' }
    })
}

function cellsOf(line: string): string[] | undefined {
  try {
    const [cells] = parse(line, csv)
    return cells
  } catch {
    return undefined
  }
}

/** Of columns with the same name, the first with a value counts. */
function rowOf(header: readonly string[], cells: readonly string[]): Record<string, string> {
  const row: Record<string, string> = {}
  for (const [index, column] of header.entries()) row[column] ||= cells[index] ?? ''
  return row
}
