/** Refreshes are spread over so many days before they would be due. */
export const spreadDays = 30
/** Fewer installations than this are no herd, and are left until they are due. */
const smallestHerd = 60

/**
 * Returns how many installations a run takes, those that expire soonest first. `within[0]` is how many are due. `within[n]`
 * is how many will be due within n more days, up to `spreadDays`. `all` is how many there are.
 *
 * A day can take its share, `all / spreadDays`. If more will be due within n days than n days can take, the run takes the
 * rest now. So a run that comes twice a day, or in several processes, takes no more than one that comes once.
 */
export function takenByRun(within: readonly number[], all: number): number {
  const [due = 0] = within
  const ahead = (within.at(-1) ?? 0) - due
  if (ahead < smallestHerd) return due
  const shareOfDay = Math.max(all, 0) / spreadDays
  return within.reduce((most, count, days) => Math.max(most, Math.ceil(count - shareOfDay * days)), due)
}
