import { closestMatch } from 'leven'

/** ` (did you mean "…"?)`, if one of `names` is near enough to have been meant; else nothing. */
export function nearestName(name: string, names: readonly string[]): string {
  const nearest = closestMatch(name, names, { maxDistance: Math.max(1, Math.floor(name.length / 3)) })
  return nearest === undefined ? '' : ` (did you mean ${nearest}?)`
}
