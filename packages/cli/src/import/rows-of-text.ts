/** A row and its place for messages, such as `line 3` or `row 2`. */
export interface PlacedRow {
  readonly place: string
  /** The parsed row; undefined if it is not JSON. */
  readonly row: unknown
}

/** Returns the rows of a text, which is a JSON array, one JSON object, or one JSON object per line. */
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
