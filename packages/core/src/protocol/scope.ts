/**
 * The scopes in a token answer, each once: a text or a list of texts. Pipedrive separates them by commas, RFC 6749 §3.3 by
 * spaces. Undefined: it is neither, or names none.
 * @see [RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749.html#section-3.3)
 */
export function parseScope(scope: unknown): string[] | undefined {
  if (Array.isArray(scope))
    return scope.every((part) => typeof part === 'string') ? parseScope(scope.join(' ')) : undefined
  if (typeof scope !== 'string') return undefined
  const scopes = new Set(scope.split(/[\s,]/).filter((part) => part !== ''))
  return scopes.size === 0 ? undefined : [...scopes]
}

/**
 * Which wanted scopes are not granted. A `:full` scope contains the `:read` scope of the same name.
 * @see [Pipedrive: scopes](https://pipedrive.readme.io/docs/marketplace-scopes-and-permissions-explanations)
 */
export function missingScopes(wanted: readonly string[], granted: readonly string[]): string[] {
  const has = new Set(granted)
  return wanted.filter((scope) => !has.has(scope) && !has.has(scope.replace(/:read$/, ':full')))
}
