import type { InstallationId } from '@pd/oauth-core'
import type { Operation, SoakHistory } from './history.ts'
import { knownPresence } from './known-presence.ts'

/**
 * The differences between what was acknowledged and what is stored at rest, a sentence each: every acknowledged install
 * is there and serves its user, no uninstalled one is, and each record holds the last token that was won.
 */
export function restProblems(history: SoakHistory): readonly string[] {
  const { rest, operations } = history
  const presence = knownPresence(history)
  const records = new Map(rest.records.map((record) => [record.id, record]))
  const lastWon = lastTokensWon(history)

  return [...new Set(operations.flatMap(({ id }) => id ?? []))].flatMap((id) => {
    const known = presence(id, rest.at, rest.at)
    const record = records.get(id)
    if (known === undefined) return []
    if (known.is === 'absent')
      return record === undefined ? [] : [`${id} was uninstalled, and its record is there`]
    if (record === undefined) return [`${id} was installed, and has no record`]
    if (record.serves !== id) return [`${id} was installed, and serves ${record.serves}`]
    const accepted = lastWon(id, known.since)
    return record.token === undefined || accepted === undefined || accepted.has(record.token)
      ? []
      : [`${id} holds another token than the last one that was won`]
  })
}

/**
 * Returns a function that gives the tokens of which one must be stored: the last one that a process which lives on won
 * since this installation, or a later one. Undefined: the history leaves it open.
 */
function lastTokensWon({
  answers,
  requests,
  killedAt,
}: SoakHistory): (id: InstallationId, installed: Operation) => ReadonlySet<string> | undefined {
  const keyOf = ({ process, request }: { readonly process: number; readonly request: number }) =>
    `${process} ${request}`
  const requestOf = new Map(requests.map((request) => [keyOf(request), request]))
  const won = Map.groupBy(answers, (answer) => requestOf.get(keyOf(answer))?.id)

  return (id, installed) => {
    const since = (won.get(id) ?? []).filter(({ until }) => until >= installed.from)
    const refreshes = since.filter((answer) => requestOf.get(keyOf(answer))?.grantType === 'refresh_token')
    // It may be of the grant before.
    if (refreshes.some(({ from }) => from <= (installed.until as number))) return undefined
    const last = refreshes
      .filter(({ process }) => !killedAt.has(process))
      .toSorted((left, right) => left.from - right.from)
      .at(-1)
    const later = refreshes.filter(({ from }) => last === undefined || from >= last.from)
    const first = last === undefined && installed.token !== undefined ? [installed.token] : []
    const tokens = [...first, ...later.map(({ token }) => token)]
    return tokens.length === 0 ? undefined : new Set(tokens)
  }
}
