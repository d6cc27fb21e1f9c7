import type { ReadRow } from './import-row.ts'
import type { TokenRow } from './token-row.ts'

/** A row that would be adopted. */
interface Candidate extends ReadRow {
  readonly read: TokenRow
}

/**
 * Returns the rows, of which no two are adopted with the same refresh token or for the same user: where Pipedrive replaces
 * refresh tokens, the second would end the grant. The newest is adopted. If nothing says which one that is, none is.
 */
export function withoutRepeats(rows: readonly ReadRow[]): ReadRow[] {
  return decided(decided(rows, refreshTokenOf, oneOfToken), userOf, oneOfUser)
}

/** Replaces the rows that share a key by what `decide` makes of them. */
function decided(
  rows: readonly ReadRow[],
  keyOf: (row: Candidate) => string | undefined,
  decide: (rows: readonly Candidate[]) => readonly ReadRow[],
): ReadRow[] {
  const groups = Map.groupBy(rows.filter(isCandidate), keyOf)
  groups.delete(undefined)
  const all = [...groups.values()].flatMap((group) => (group.length === 1 ? [] : decide(group)))
  const byPlace = new Map(all.map((row) => [row.place, row]))
  return rows.map((row) => byPlace.get(row.place) ?? row)
}

function oneOfToken(rows: readonly Candidate[]): readonly ReadRow[] {
  const named = rows.filter((row) => userOf(row) !== undefined)
  const isContradiction = new Set(named.map(userOf)).size > 1
  return isContradiction
    ? failed(rows, 'has the same refresh token and other ids: the row with the wrong ids must go')
    : onlyNewest(named.length > 0 ? named : rows, rows)
}

function oneOfUser(rows: readonly Candidate[]): readonly ReadRow[] {
  const [newest, second] = newestFirst(rows)
  return newest !== undefined && second !== undefined && dateOf(newest) === dateOf(second)
    ? failed(
        rows,
        'has another refresh token of the same user, and no date says which one is newer: keep one row, or add a column obtained_at',
      )
    : onlyNewest(rows, rows)
}

function onlyNewest(candidates: readonly Candidate[], rows: readonly Candidate[]): readonly ReadRow[] {
  const [newest] = newestFirst(candidates)
  return rows.map((row) =>
    row === newest || newest === undefined ? row : { place: row.place, read: { sameAs: newest.place } },
  )
}

function failed(rows: readonly Candidate[], problem: string): readonly ReadRow[] {
  const [first, second] = rows
  return rows.map((row) => ({
    place: row.place,
    read: { problem: `${(row === first ? second : first)?.place} ${problem}` },
  }))
}

/** Rows without a date are last. Rows of the same date stay in their order. */
function newestFirst(rows: readonly Candidate[]): Candidate[] {
  return rows.toSorted((one, other) => dateOf(other) - dateOf(one))
}

function dateOf({ read }: Candidate): number {
  return read.options.obtainedAt ?? 0
}

function refreshTokenOf({ read: { tokens } }: Candidate): string {
  return String(tokens['refreshToken'] ?? tokens['refresh_token'])
}

function userOf({ read: { options } }: Candidate): string | undefined {
  return options.account && `${options.account.companyId}:${options.account.userId}`
}

function isCandidate(row: ReadRow): row is Candidate {
  return 'tokens' in row.read
}
