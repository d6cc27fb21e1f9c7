/** A row and where it stands, for messages: `line 3`, `row 2`. */
export interface PlacedRow {
  readonly place: string
  /** Undefined: it is not JSON. */
  readonly row: unknown
}

/** The rows of a text: a JSON array, one JSON object, or an object on each line. */
export function rowsOfText(text: string): PlacedRow[] {
  const whole = parsed(text)
  if (Array.isArray(whole)) return whole.map((row: unknown, index) => ({ place: `row ${index + 1}`, row }))
  if (whole !== undefined) return [{ place: 'row 1', row: whole }]
  return text
    .split('\n')
    .map((line, index) => ({ place: `line ${index + 1}`, line: line.trim() }))
    .filter(({ line }) => line !== '')
    .map(({ place, line }) => ({ place, row: parsed(line) }))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
