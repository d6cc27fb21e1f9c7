import { similarName } from './similar-name.ts'

/** Returns a sentence for everything that is wrong with a value. `at` is the value's name in the sentences. */
export type Check = (value: unknown, at: string) => readonly string[]

/** The checks of an object's fields, by name. An unknown field is a problem. */
export type Fields<T extends object = Record<string, unknown>> = { readonly [Name in keyof T]-?: Check }

/**
 * Refuses a value that does not meet its check.
 * @param what who was called, at the beginning of the error's message.
 * @throws {Error} which names every problem
 */
export function refuseUnless(check: Check, value: unknown, what: string): void {
  const problems = check(value, '')
  if (problems.length > 0) throw new Error(`${what}: ${problems.join('; ')}`)
}

/** Accepts an object with these fields and no other. A field may be missing if its check accepts `undefined`. */
export function object<T extends object>(fields: Fields<T>): Check {
  const known = Object.keys(fields)
  return (value, at) => {
    if (!isObject(value)) return [`${at || 'the value'} must be an object, not ${shown(value)}`]
    const under = (name: string) => (at === '' ? name : `${at}.${name}`)
    const unknown = Object.keys(value).filter((name) => !known.includes(name))
    return [
      ...unknown.map((name) => `unknown field '${under(name)}'${suggestion(name, known)}`),
      ...known.flatMap((name) =>
        fields[name as keyof T]((value as Record<string, unknown>)[name], under(name)),
      ),
    ]
  }
}

/** Accepts `undefined` as well. */
export const optional =
  (check: Check): Check =>
  (value, at) =>
    value === undefined ? [] : check(value, at)

/** Accepts these values and no other. */
export function oneOf(...values: readonly (string | number | boolean)[]): Check {
  return (value, at) => {
    if (values.some((known) => known === value)) return []
    const named = values.map((known) => `'${known}'`).join(', ')
    return [`${at} must be one of ${named}, not ${shown(value)}${suggestion(value, values.map(String))}`]
  }
}

/** Accepts what a predicate accepts. `what` describes it in the sentence. */
export const when =
  (what: string, accepts: (value: unknown) => boolean): Check =>
  (value, at) =>
    accepts(value) ? [] : [`${at || 'the value'} must be ${what}, not ${shown(value)}`]

/** Accepts an array whose elements meet the check. */
export const listOf =
  (check: Check): Check =>
  (value, at) =>
    Array.isArray(value)
      ? value.flatMap((element, index) => check(element, `${at}[${index}]`))
      : [`${at} must be an array, not ${shown(value)}`]

/** Accepts an object with any names, whose values meet the check. */
export const recordOf =
  (check: Check): Check =>
  (value, at) =>
    isObject(value)
      ? Object.entries(value).flatMap(([name, field]) => check(field, `${at}.${name}`))
      : [`${at} must be an object, not ${shown(value)}`]

export const anything: Check = () => []
export const text = when('a text that is not empty', (value) => typeof value === 'string' && value !== '')
export const yesOrNo = when('true or false', (value) => typeof value === 'boolean')
export const func = when('a function', (value) => typeof value === 'function')
export const durationMs = when(
  'a number of milliseconds, 0 or more',
  (value) => typeof value === 'number' && value >= 0,
)
export const instant = when('an instant in epoch milliseconds', (value) => Number.isFinite(value))
/** Accepts a text, or what `JSON.stringify()` can write. */
export const json = when('a text or a value that JSON can hold', (value) => {
  try {
    return JSON.stringify(value) !== undefined
  } catch {
    return false
  }
})
export const origin = when('an origin such as https://acme.pipedrive.com', isOrigin)

export function isOrigin(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /^https?:/.test(value) &&
    URL.canParse(value) &&
    new URL(value).origin === value
  )
}

export const url = when('an absolute URL', (value) => typeof value === 'string' && URL.canParse(value))

/** Accepts a whole number of at least `least`, and at most `most`. Default for `most`: any. */
export const wholeNumber = (least: number, most: number = Number.MAX_SAFE_INTEGER): Check =>
  when(
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number, ${least} or more`
      : `a whole number from ${least} to ${most}`,
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  )

/** Accepts a whole number of at least `least`, or `Infinity`. */
export const countOrInfinity = (least: number): Check =>
  when(
    `a whole number, ${least} or more, or Infinity`,
    (value) => value === Infinity || (Number.isInteger(value) && Number(value) >= least),
  )

/** Returns ` Did you mean '…'?` if one of the known names is similar, else nothing. */
export function suggestion(given: unknown, known: readonly string[]): string {
  const similar = typeof given === 'string' ? similarName(given, known) : undefined
  return similar === undefined ? '' : `. Did you mean '${similar}'?`
}

export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 80 ? `${value.slice(0, 80)}…` : value}'`
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value)
  return Array.isArray(value)
    ? 'an array'
    : value === undefined
      ? 'undefined'
      : `a value of type ${typeof value}`
}
