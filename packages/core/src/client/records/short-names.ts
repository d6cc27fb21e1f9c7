/**
 * One letter for each name in a record. In a store with 100 000 installations, names are a tenth of the memory. A letter
 * never changes its meaning: stored records have it.
 */
const letters = {
  status: 's',
  grantId: 'g',
  clientId: 'c',
  account: 'a',
  companyId: 'C',
  userId: 'U',
  companyName: 'n',
  companyDomain: 'd',
  userName: 'u',
  email: 'e',
  isAdmin: 'm',
  installedAt: 'i',
  generation: 'v',
  reference: 'r',
  sessions: 'N',
  history: 'h',
  tokens: 't',
  accessToken: 'A',
  refreshToken: 'R',
  scopes: 'S',
  apiDomain: 'D',
  obtainedAt: 'o',
  expiresAt: 'x',
  refreshTokenExpiresAt: 'X',
  cooldown: 'k',
  until: 'l',
  failures: 'F',
  code: 'q',
  contested: 'b',
  lease: 'L',
  holder: 'H',
  reason: 'w',
  refusedAt: 'W',
  refused: 'p',
} as const

const shortOf = new Map<string, string>(Object.entries(letters))
const longOf = new Map([...shortOf].map(([name, letter]) => [letter, name]))

/** Returns the same JSON value with letters in place of names. */
export function withShortNames(value: object): object {
  return Object(renamed(value, shortOf))
}

/** Returns the same JSON value with names in place of letters. */
export function withLongNames(value: unknown): unknown {
  return renamed(value, longOf)
}

function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => renamed(item, names))
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [names.get(name) ?? name, renamed(inner, names)]),
  )
}
