import * as v from 'valibot'
import { id } from './pipedrive-id.ts'

/** Pipedrive's word that a user removed the app. */
export interface UninstallNotice {
  readonly clientId?: string
  readonly companyId: number
  readonly userId: number
  /** Epoch milliseconds; absent when the notice carries no readable time. */
  readonly noticeAt?: number
}

/** Pipedrive's word that a user shares the app's data with the company, or no longer. */
export interface SharingNotice {
  readonly companyId: number
  readonly userId: number
  readonly isShared: boolean
}

const uninstall = v.object({
  client_id: v.nullish(v.string()),
  company_id: id,
  user_id: id,
  timestamp: v.optional(v.unknown()),
})

const sharing = v.object({ company_id: id, user_id: id, isShared: v.boolean() })

/**
 * Reads the body of the `DELETE` to the callback address; undefined when it is not one.
 * @see [Pipedrive: app uninstallation](https://pipedrive.readme.io/docs/app-uninstallation)
 */
export function readUninstallNotice(body: string): UninstallNotice | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), uninstall), body)
  if (!parsed.success) return undefined
  const { client_id: clientId, company_id: companyId, user_id: userId, timestamp } = parsed.output
  const noticeAt = readTimestamp(timestamp)
  return {
    companyId,
    userId,
    ...(clientId ? { clientId } : {}),
    ...(noticeAt === undefined ? {} : { noticeAt }),
  }
}

/** Reads the body of the legacy sharing `POST`; undefined when it is not one. */
export function readSharingNotice(body: string): SharingNotice | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), sharing), body)
  if (!parsed.success) return undefined
  const { company_id: companyId, user_id: userId, isShared } = parsed.output
  return { companyId, userId, isShared }
}

/**
 * The form of `timestamp` is not documented. Dates as `isoTime` has them, seconds and milliseconds are understood; anything
 * else is no time, and Pipedrive is asked. A time given to the second means the end of it, one to the minute or the day
 * likewise, so that a notice is never taken for older than it is.
 */
function readTimestamp(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') return undefined
  const at = /^\s*\d+(\.\d+)?\s*$/.test(text) ? readNumber(text) : readDate(text)
  return at >= firstMilliseconds ? at : undefined
}

/** Numbers below this are seconds (until the year 5138); milliseconds would lie before 1973, and no notice is so old. */
const firstMilliseconds = 1e11

function readNumber(text: string): number {
  const number = Number(text)
  if (number >= firstMilliseconds) return number
  return number * 1_000 + (text.includes('.') ? 0 : 999)
}

/**
 * ISO 8601 with hyphens and colons, and as databases and logs print it: a space in place of the `T` and before the zone.
 * Without a zone it is UTC.
 */
const isoTime =
  /^(?<day>\d{4}-\d\d-\d\d)(?:[t ](?<minute>\d\d:\d\d)(?:(?<second>:\d\d)(?:[.,](?<fraction>\d+))?)? ?(?:z|utc|gmt|(?<hours>[+-]\d\d)(?::?(?<minutes>\d\d))?)?)?$/i

function readDate(text: string): number {
  const parts = isoTime.exec(text.trim())?.groups
  if (parts === undefined) return Number.NaN
  const { day, minute, second, fraction, hours, minutes = '00' } = parts
  if (minute === undefined) return Date.parse(`${day}`) + 86_399_999
  // Stryker disable next-line MethodExpression: Node leaves further digits out, as other engines need not (ECMA-262)
  const milliseconds = (fraction ?? '').padEnd(3, '0').slice(0, 3)
  const zone = hours === undefined ? 'Z' : `${hours}:${minutes}`
  const at = Date.parse(`${day}T${minute}${second ?? ':00'}.${milliseconds}${zone}`)
  if (fraction !== undefined) return at
  return at + (second === undefined ? 59_999 : 999)
}
