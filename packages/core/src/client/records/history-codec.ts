import type { History, HistoryEntry, HistoryKind } from '../../machine/history.ts'

/** One letter for each kind of change. A letter never changes its meaning: stored records have it. */
const letters: Record<HistoryKind, string> = {
  installed: 'i',
  adopted: 'a',
  refreshed: 'r',
  rival_token_adopted: 'v',
  lease_taken_over: 't',
  refresh_contested: 'd',
  reauthorization_required: 'x',
  access_token_revoked: 'k',
  sessions_ended: 's',
  reference_changed: 'n',
  token_endpoint_unavailable: 'u',
  token_endpoint_timeout: 'o',
  malformed_response: 'm',
  request_rejected: 'q',
  client_rejected: 'c',
}

const kinds = new Map(Object.entries(letters).map(([kind, letter]) => [letter, kind as HistoryKind]))

const encodedEntry = /^([a-z])([0-9a-z]+)\.([0-9a-z]+)(?:\.([0-9a-z]+)\.([0-9a-z]+))?$/

/**
 * Writes a history as short text, about 10 bytes an entry. Each entry is a letter, the seconds since the previous entry
 * (of the first one: since 1970) and the process, all numbers in base 36; a run adds its count and how many seconds it lasted.
 */
export function encodeHistory(history: History): string {
  let previous = 0
  return history
    .map(({ kind, at, process, count, firstAt }) => {
      const [first, last] = [secondOf(firstAt), secondOf(at)]
      const single = `${letters[kind]}${(first - previous).toString(36)}.${process.toString(36)}`
      previous = last
      return count === 1 ? single : `${single}.${count.toString(36)}.${(last - first).toString(36)}`
    })
    .join(',')
}

/** Reads a history that `encodeHistory` wrote. Undefined: the text is something else. */
export function decodeHistory(text: string): History | undefined {
  if (text === '') return []
  let previousAt = 0
  const history: HistoryEntry[] = []
  for (const part of text.split(',')) {
    const [, letter = '', since = '', process = '', count = '1', lasted = '0'] = encodedEntry.exec(part) ?? []
    const kind = kinds.get(letter)
    if (kind === undefined) return undefined
    const firstAt = previousAt + milliseconds(since)
    const at = firstAt + milliseconds(lasted)
    history.push({
      kind,
      at,
      process: Number.parseInt(process, 36),
      count: Number.parseInt(count, 36),
      firstAt,
    })
    previousAt = at
  }
  return history
}

function secondOf(at: number): number {
  return Math.floor(at / 1_000)
}

function milliseconds(text: string): number {
  return Number.parseInt(text, 36) * 1_000
}
