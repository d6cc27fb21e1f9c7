import { CallbackError, ForbiddenRequestError, type PipedriveOAuth } from '@pd/oauth-core'

/**
 * What a person copied from the browser, as the address for `oauth.callback()`: the whole callback address, also
 * without its scheme or host, its query, or the bare code. A bare code says nothing of the attempt it belongs to: it is taken for an answer to `state`, so a
 * person must paste only what came of an address that this program gave out. The whole address is the safer one: the
 * `state` in it is compared.
 *
 * @throws {ForbiddenRequestError} `foreign_origin`, when it is the address of something else
 * @throws {CallbackError} `invalid_callback`, when it is neither an address nor a code; `state_mismatch`, for a bare
 * code without a `state` to take it for
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
  // Browsers that hide the scheme, and selections that begin too late.
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
    throw new ForbiddenRequestError(
      'foreign_origin',
      `This is not the address that the browser ends up at after the consent page: that one begins with ${callback.origin}${callback.pathname}`,
    )
  return url.href
}

/** Addresses carry codes encoded. */
function decoded(code: string): string {
  try {
    return decodeURIComponent(code)
  } catch {
    return code
  }
}
