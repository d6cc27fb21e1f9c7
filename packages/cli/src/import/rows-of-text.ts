import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { columnsOf, nameTokens } from './column-names.ts'
import type { PlacedRow } from './placed-row.ts'
import { rowsOfCsv } from './rows-of-csv.ts'

/**
 * Returns the rows of a text: a JSON array, one JSON object, one JSON object per line, an object of rows whose keys are their
 * references, or CSV whose first line names the columns.
 * @throws {CliError} if the text has another form
 */
export function rowsOfText(text: string): PlacedRow[] {
  const content = text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n')
  const whole = parsed(content)
  if (Array.isArray(whole)) return whole.map((row: unknown, index) => ({ place: `row ${index + 1}`, row }))
  if (whole !== undefined)
    return (
      rowsOfMap(whole)?.map((row, index) => ({ place: `row ${index + 1}`, row })) ?? [
        { place: 'row 1', row: whole },
      ]
    )
  const isJson = /^\s*[[{]/.test(content)
  return (isJson ? undefined : rowsOfCsv(content)) ?? rowsOfLines(content)
}

function rowsOfLines(text: string): PlacedRow[] {
  const rows = text.split('\n').flatMap((line, index): PlacedRow[] => {
    if (line.trim() === '') return []
    const place = `line ${index + 1}`
    const row = parsed(line)
    return [row === undefined ? { place, problem: 'is not JSON' } : { place, row }]
  })
  if (rows.length === 0 || rows.some(({ row }) => isObject(row))) return rows
  throw new CliError(
    ExitCode.configuration,
    'This is neither JSON (an array, or an object on each line) nor CSV whose first line names a column refresh_token.',
  )
}

/** Undefined: the value is no object of rows. */
function rowsOfMap(value: unknown): unknown[] | undefined {
  if (!isObject(value)) return undefined
  const columns = Object.keys(value)
  const rows = Object.values(value)
  if (nameTokens(columns) || rows.length === 0 || !rows.every(isObject)) return undefined
  return rows.map((row, index) => {
    const isNamed = columnsOf('reference', Object.keys(row)).some((column) => (row[column] ?? '') !== '')
    return isNamed ? row : Object.assign(row, { reference: columns[index] })
  })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
