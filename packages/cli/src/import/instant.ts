/** A year-2100 date in seconds is less than a 1973 date in milliseconds. */
const lowestMs = 1e11

/**
 * An instant as databases and JSON have it: a `Date`, a date in ISO 8601 or SQL (without a zone it is UTC), seconds or
 * milliseconds since 1970, also as text. In epoch milliseconds; undefined: it is none.
 */
export function readInstant(value: unknown): number | undefined {
  if (value instanceof Date) return orNone(value.getTime())
  if (typeof value === 'bigint') return readInstant(Number(value))
  if (typeof value === 'number')
    return value > 0 ? orNone(value < lowestMs ? value * 1_000 : value) : undefined
  if (typeof value !== 'string') return undefined
  if (/^\d+(\.\d+)?$/.test(value)) return readInstant(Number(value))
  if (!/^\d{4}-\d\d-\d\d/.test(value)) return undefined
  const [, zone] = /(Z|[+-]\d\d(?::?\d\d)?)$/i.exec(value.slice(10)) ?? []
  const text = value.replace(' ', 'T')
  if (zone === undefined) return orNone(Date.parse(`${text}Z`))
  return orNone(Date.parse(zone.length === 3 ? `${text}:00` : text))
}

function orNone(ms: number): number | undefined {
  return Number.isFinite(ms) ? ms : undefined
}
