import { PipedriveOAuthError } from '@pd/oauth-core'

/** Why something failed, for a person. */
export interface Failure {
  /** The library's code; for the API a code of our own, such as `api_403`. */
  readonly code: string
  readonly sentence: string
}

/** Returns an error of the library or of the API as a sentence. Throws any other error again. */
export function explainFailure(error: unknown): Failure {
  if (error instanceof PipedriveOAuthError)
    return {
      code: error.code,
      sentence: `${error.message.replace(/\.?$/, '.')}${retrySentence(error.retryAfterMs)}`,
    }
  if (isApiError(error)) return apiFailure(error)
  throw error
}

interface ApiError extends Error {
  readonly status?: number
}

function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && error.name === 'FetchError'
}

/** Returns a sentence for the status. It does not repeat the body, which could hold anything. */
function apiFailure({ status }: ApiError): Failure {
  if (status === undefined) return { code: 'api_unreachable', sentence: 'Pipedrive’s API did not answer.' }
  return { code: `api_${status}`, sentence: apiSentences[status] ?? `Pipedrive’s API answered ${status}.` }
}

const apiSentences: Record<number, string> = {
  401: 'Pipedrive’s API refused the access token, even after a refresh.',
  402: 'Pipedrive’s API says that the company’s account is not paid.',
  403: 'Pipedrive’s API says that a permission is missing. The app needs the scope deals:read.',
  429: 'Pipedrive’s API says that there were too many requests.',
}

function retrySentence(retryAfterMs: number | undefined): string {
  if (retryAfterMs === undefined) return ''
  return ` The library can refresh again in ${Math.ceil(retryAfterMs / 1_000)} s.`
}
