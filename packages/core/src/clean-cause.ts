/** Facts of an error of the network or of a database. They say what failed. */
const facts = ['code', 'errno', 'errcode', 'syscall', 'address', 'port', 'hostname'] as const

const longestMessage = 300
const longestText = 400
const mostCauses = 6

/** What stays of an error of a driver, of the network or of Pipedrive. */
class CleanCause extends Error {
  declare readonly code?: string | number
  declare readonly address?: string
  declare readonly port?: number | string
}

/**
 * Returns an error that says the same, without what looks like a secret: see `withoutSecrets`. Drivers keep connection strings,
 * commands and parameters in their errors. Of those, only the name, the message, `code`, `errno`, `errcode`, `syscall`,
 * `address`, `port`, `hostname`, the places in the stack and the causes stay. `secrets`: texts that must not stand in it.
 * Never throws.
 */
export function cleanCause(cause: unknown, secrets: readonly string[] = []): Error {
  try {
    return cleaned(cause, secrets, 1)
  } catch {
    return new CleanCause('an error that cannot be read')
  }
}

function cleaned(cause: unknown, secrets: readonly string[], depth: number): CleanCause {
  if (cause instanceof CleanCause && secrets.length === 0) return cause
  const isObject = typeof cause === 'object' && cause !== null
  const read = (name: string): unknown => (isObject ? Reflect.get(cause, name) : undefined)
  const text = (value: unknown) => (typeof value === 'string' ? withoutSecrets(value, secrets) : undefined)
  const deeper = read('cause') ?? [read('errors')].flat().at(-1)
  // When a host has several addresses and all refuse, the error itself has no message.
  if (read('message') === '' && deeper !== undefined) return cleaned(deeper, secrets, depth)
  const clean = new CleanCause(
    text(read('message')) ?? text(isObject ? '' : String(cause)),
    deeper === undefined || depth === mostCauses ? undefined : { cause: cleaned(deeper, secrets, depth + 1) },
  )
  const define = (name: string, value: unknown, enumerable = true) =>
    Object.defineProperty(clean, name, { value, enumerable, configurable: true })
  define('name', text(read('name')) ?? 'Error', false)
  for (const fact of facts) {
    const value = read(fact)
    if (typeof value === 'number' || typeof value === 'string')
      define(fact, typeof value === 'string' ? text(value) : value)
  }
  const frames = String(read('stack') ?? '').match(/^ +at .*$/gm) ?? []
  define('stack', [`${clean.name}: ${clean.message}`, ...frames].join('\n'), false)
  return clean
}

/**
 * Returns one line about the innermost cause of an error, such as `connect ECONNREFUSED 127.0.0.1:5432`: at most 400
 * characters, without what looks like a secret.
 */
export function causeText(error: unknown): string {
  let cause = cleanCause(error) as CleanCause
  while (cause.cause instanceof CleanCause) cause = cause.cause
  const { name, message, code, address, port } = cause
  const place = address && (port === undefined ? address : `${address}:${port}`)
  const unsaid = [code, place].filter((fact) => fact !== undefined && !message.includes(String(fact)))
  const parts = [...(name === 'Error' ? [] : [name]), ...unsaid, message]
  return cut(parts.filter((part) => part !== '').join(' '), longestText)
}

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}

const hidden = '***'

const secretNames = 'secret|passw|passphrase|pwd|token|api[_-]?key|credential|authorization'

/** The rest of a name. Its length has a limit, so that no text takes long. */
const rest = String.raw`[\w-]{0,60}`

/** What percent-encoding puts before two digits, also if it was done several times. */
const percent = '%(?:25){0,4}'

/** What ends a name: a quote or a bracket, as it is or escaped. */
const nameEnd = String.raw`(?:\\{0,8}["'\x60\]]|${percent}(?:2[27]|5[cd])|\\{1,8}u002[27]|&quot;|&#3[49];){0,4}`

const gap = '(?: |%20)?'

/** What stands between a name and its value, as it is or escaped. `value=`: the two are values of a pair themselves. */
const separator =
  String.raw`${gap}(?:=>|->|:=|[=:]|${percent}3[ad](?:${percent}3e)?|=?&gt;|\\{1,8}u003[ade]|` +
  String.raw`[ ,;]{1,2}\\{0,8}["']?value${nameEnd} ?[=:])${gap}`

const value =
  String.raw`(?:(\\{0,8}["'\x60]|&quot;|&#3[49];)(?:(?!(?<!\\)\2).)*|` +
  String.raw`(?:(?!<\/|${percent}26)[^\s"'&,;)}])+)`

/** A name such as `password` with its value, as in a query, a header, a form, JSON, a dump or a connection string. */
const namedSecret = new RegExp(
  String.raw`((?:${secretNames}|\bstate|\bcode(?==|${percent}3d))${rest}${nameEnd}${separator})${value}`,
  'gi',
)

/** The same as an element of XML, and as an option of a command line. There, a value without a digit is rather a word of a sentence. */
const markedSecret = new RegExp(
  String.raw`(<[\w:.-]{0,60}(?:${secretNames})[\w:.-]{0,60}(?: [^<>]{0,300})?>(?:<!\[CDATA\[)?)(?:[^<]+(?=<)|(?! )[^<]+)|` +
    String.raw`(--[\w-]{0,60}(?:${secretNames})${rest} )(?=\S*\d)\S+`,
  'gi',
)

/** The same in a sentence, such as `password is hunter2`. A value without a digit is rather a word of that sentence. */
const toldSecret = new RegExp(
  `((?:${secretNames})[\\w-]*(?: code)?(?: (?:is|was) | (?=["'])))(?:(["'])(?=[^"']*\\d)[^"']*|(?=[^\\s"']*\\d)[^\\s"']+)`,
  'gi',
)

/**
 * Returns the text on one line, at most 300 characters long, with `***` for each of `secrets` and for what looks like a secret: a
 * value behind a name such as `password`, and a long word that looks random. An unknown secret that looks like a word stays.
 */
export function withoutSecrets(text: string, secrets: readonly string[] = []): string {
  let clean = text
  // The longest first: a shorter one may be a part of it.
  for (const secret of secrets.toSorted((one, other) => other.length - one.length))
    if (secret !== '') clean = clean.replaceAll(secret, hidden)
  clean = clean
    .slice(0, 10 * longestMessage)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .replace(/\/\/\S*@/g, `//${hidden}@`)
    .replace(/\b(basic|bearer) [^\s"',;]+/gi, `$1 ${hidden}`)
    .replace(markedSecret, `$1$2${hidden}`)
    .replace(namedSecret, `$1$2${hidden}`)
    .replace(toldSecret, `$1$2${hidden}`)
    .replace(/[\w+/=~:.%-]{16,}/g, (word) => (isOpaque(word) ? hidden : word))
  return cut(clean, longestMessage)
}

/** Returns whether a word may be a token or a key: long, and neither names nor a path, a host or a number. */
function isOpaque(word: string): boolean {
  return word.startsWith('eyJ') || word.split(/[/:.=%]/).some((part) => part.length >= 16 && !isName(part))
}

/** A number of 64 bits has no more. */
const mostDigitsOfNumber = 20

/**
 * Returns whether people wrote this: words of four letters on average, with few digits, and with none where capitals stand
 * within it. Random text is hardly ever like that.
 */
function isName(part: string): boolean {
  if (/^\d+$/.test(part)) return part.length <= mostDigitsOfNumber
  if (/^[\da-f_-]+$/i.test(part)) return false
  const pieces = part.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[-_+~]/g) ?? []
  const words = pieces.filter((piece) => /^[a-z]/i.test(piece))
  const digits = part.match(/\d/g) ?? []
  const mostDigits = /[a-z][A-Z]/.test(part) ? 0 : 4
  return (
    pieces.join('') === part &&
    pieces.length * 3 <= part.length &&
    words.every((word) => word.length < 24) &&
    words.length * 4 <= words.join('').length &&
    digits.length <= mostDigits
  )
}
