/** Pipedrive had no tokens before. What claims to be older, or decades ahead, is not a date or is in another unit. */
const earliest = Date.UTC(2010)
const latest = Date.UTC(2100)

/** Smaller numbers are seconds: a date of the year 2100 in seconds is less than one of 1973 in milliseconds. */
const lowestMs = 1e11

/**
 * Returns an instant in epoch milliseconds, or undefined if the value is no instant from 2010 to 2100. It may be a `Date`, a date in
 * ISO 8601 or SQL (UTC if it has no zone), or seconds or milliseconds since 1970, as a number or as text.
 */
export function readInstant(value: unknown): number | undefined {
  if (value instanceof Date) return usableOrUndefined(value.getTime())
  if (typeof value === 'bigint') return readInstant(Number(value))
  if (typeof value === 'number')
    return value > 0 ? usableOrUndefined(value < lowestMs ? value * 1_000 : value) : undefined
  if (typeof value !== 'string') return undefined
  if (/^\d+(\.\d+)?$/.test(value)) return readInstant(Number(value))
  if (!/^\d{4}-\d\d-\d\d/.test(value)) return undefined
  const [, zone] = /(Z|[+-]\d\d(?::?\d\d)?)$/i.exec(value.slice(10)) ?? []
  const text = value.replace(' ', 'T')
  if (zone === undefined) return usableOrUndefined(Date.parse(`${text}Z`))
  return usableOrUndefined(Date.parse(zone.length === 3 ? `${text}:00` : text))
}

function usableOrUndefined(ms: number): number | undefined {
  return ms >= earliest && ms < latest ? ms : undefined
}
