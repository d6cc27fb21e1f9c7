const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

const format = new Intl.RelativeTimeFormat('en', { numeric: 'always' })

/** Returns how far an instant in epoch milliseconds is from now, in the largest unit that fits: `in 42 minutes`, `3 days ago`. */
export function relativeTime(at: number, now = Date.now()): string {
  const distanceMs = at - now
  const [unit, sizeMs] = units.find(([, sizeMs]) => Math.abs(distanceMs) >= sizeMs) ?? ['second', 1_000]
  return format.format(Math.trunc(distanceMs / sizeMs), unit)
}
