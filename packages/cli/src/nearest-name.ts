import { closestMatch } from 'leven'

/** Returns ` (did you mean …?)` with the most similar of `names`, or an empty text if none is similar. */
export function nearestName(name: string, names: readonly string[]): string {
  const nearest = closestMatch(name, names, { maxDistance: Math.max(1, Math.floor(name.length / 3)) })
  return nearest === undefined ? '' : ` (did you mean ${nearest}?)`
}
