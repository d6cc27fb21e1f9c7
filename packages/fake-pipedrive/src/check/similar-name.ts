import { distance } from 'fastest-levenshtein'

/** Returns the known name that is most similar to a given one. Undefined: none is similar. */
export function similarName(given: string, known: readonly string[]): string | undefined {
  // Two edits, because two swapped letters are two.
  const most = given.length < 4 ? 1 : Math.max(2, Math.floor(given.length / 3))
  let best: { readonly name: string; readonly edits: number } | undefined
  for (const name of known) {
    const edits = distance(plain(given), plain(name))
    if (edits <= most && (!best || edits < best.edits)) best = { name, edits }
  }
  return best?.name
}

/** Returns a name without case and punctuation, so that `rate-limited` resembles `rate_limited`. */
const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '')
