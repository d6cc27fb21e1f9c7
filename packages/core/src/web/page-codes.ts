import type { KnownErrorCode } from '../errors.ts'

/** The codes that have a page of their own. */
export const codesOfPages = [
  'access_denied',
  'attempt_expired',
  'state_mismatch',
  'code_refused',
  'invalid_callback',
  'store_unavailable',
  'token_endpoint_unavailable',
  'token_endpoint_timeout',
  'api_unavailable',
  'not_installed',
  'new_tab',
  'not_signed_in',
  'extension_token_expired',
  'bad_signature',
  'link_expired',
  'unexpected_account',
  'reauthorization_required',
  'scopes_missing',
] as const satisfies readonly (KnownErrorCode | 'new_tab')[]

/** The codes that an application may give its own texts for: those of a page, and `other`. */
export const pageCodes: ReadonlySet<string> = new Set([...codesOfPages, 'other'])
