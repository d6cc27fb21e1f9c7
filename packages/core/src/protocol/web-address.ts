import { hasInvisible } from './has-invisible.ts'
import { isLoopback } from './is-loopback.ts'

/** Returns whether a value is an https address, or http on this machine, without a fragment and without a user. */
export function isWebAddress(value: unknown): value is string {
  if (typeof value !== 'string' || /[\s#]/.test(value) || hasInvisible(value)) return false
  const url = URL.parse(value)
  if (url === null || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

/** Returns whether a value is such an address without path and query, with or without a slash at its end. */
export function isOrigin(value: unknown): value is string {
  return isWebAddress(value) && new URL(value).href === `${new URL(value).origin}/`
}
