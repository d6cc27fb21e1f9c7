const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })
const dayAndTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

/** Returns a time such as `14:03:22`. */
export const clockTime = (at: number): string => time.format(at)
/** Returns a date such as `5 Jan 2026`. */
export const date = (at: number): string => day.format(at)
/** Returns date and time such as `5 Jan 2026, 14:03:22`. */
export const dateAndTime = (at: number): string => dayAndTime.format(at)

/** Returns a duration as a countdown such as `59:04` or `1:00:00`. A negative duration gives `0:00`. */
export function remaining(ms: number): string {
  const left = Math.max(0, Math.ceil(ms / 1_000))
  const [hours, minutes, seconds] = [Math.floor(left / 3_600), Math.floor(left / 60) % 60, left % 60]
  const two = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`
}
