import { cleanCause } from '../clean-cause.ts'
import type { HttpAnswer } from '../protocol/http.ts'

/**
 * Returns what Pipedrive said about a request that it did not grant, as an error that can be a `cause`: the status, and
 * `error` and its explanation if the body is JSON. Holds none of `secrets`.
 */
export function pipedrivesWords({ status, body = '' }: HttpAnswer, secrets: readonly string[]): Error {
  const message = `Pipedrive answered ${status} ${wordsOf(body).join(': ')}`
  // Requests leave out white space around a secret, so an answer repeats it without.
  return cleanCause(
    { name: 'Error', message },
    secrets.map((secret) => secret.trim()),
  )
}

function wordsOf(body: string): string[] {
  try {
    const { error, error_description: description, message, error_info: info } = JSON.parse(body)
    return [error, description ?? message ?? info].filter((word) => typeof word === 'string')
  } catch {
    return []
  }
}
