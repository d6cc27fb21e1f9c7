import { CallbackError, type PipedriveOAuth } from '@pd/oauth-core'
import { LoginError } from './login-error.ts'

/**
 * Returns the address for `oauth.callback()`, made from what a person copied from the browser: the whole callback address,
 * also without its scheme or host, or only its query, or only the code.
 *
 * A code alone does not say which attempt it belongs to. It is taken as the answer to `state`, so a person must paste only
 * what came from an address that this program gave out. The whole address is safer: the `state` in it is compared.
 *
 * @throws {LoginError} `foreign_callback`, if the address is not the callback address
 * @throws {CallbackError} `invalid_callback`, if the text is neither an address nor a code; `state_mismatch`, if it is a
 * code alone and `state` is missing
 * @see [RFC 6749 §10.12](https://www.rfc-editor.org/rfc/rfc6749.html#section-10.12)
 * @example
 * ```ts
 * import { callbackUrlOf } from '@pd/oauth-desktop'
 *
 * const { url, state, attempt } = await oauth.authorize()
 * console.log(`Open ${url} and copy the address that you end up at.`)
 * const pasted = 'http://localhost:3000/callback?code=…&state=…'
 * const { installation } = await oauth.callback(callbackUrlOf(oauth, pasted, state), attempt)
 * ```
 */
export function callbackUrlOf(oauth: PipedriveOAuth, pasted: string, state?: string): string {
  const text = pasted.trim().replace(/^(["'<])(.*)["'>]$/s, '$2')
  const callback = new URL(oauth.redirectUri)
  if (/^https?:\/\//i.test(text)) return ownAddress(text, callback)
  if (/^\??([\w-]+=[^&]*&)*(code|error|state)=/.test(text)) {
    callback.search = text
    return callback.href
  }
  // Some browsers hide the scheme, and a selection may begin too late.
  if (text.includes('?'))
    return ownAddress(
      text.startsWith('/') ? callback.origin + text : `${callback.protocol}//${text}`,
      callback,
    )
  if (!/^[\x21-\x7e]+$/.test(text)) throw new CallbackError('invalid_callback')
  if (state === undefined) throw new CallbackError('state_mismatch')
  callback.searchParams.set('code', decoded(text))
  callback.searchParams.set('state', state)
  return callback.href
}

function ownAddress(text: string, callback: URL): string {
  const url = URL.parse(text)
  if (url === null) throw new CallbackError('invalid_callback')
  if (url.origin !== callback.origin || url.pathname !== callback.pathname)
    throw new LoginError(
      'foreign_callback',
      `This is not the callback address. After the consent page the browser ends at an address that begins with ${callback.origin}${callback.pathname}`,
    )
  return url.href
}

/** Codes are percent-encoded in addresses. */
function decoded(code: string): string {
  try {
    return decodeURIComponent(code)
  } catch {
    return code
  }
}
