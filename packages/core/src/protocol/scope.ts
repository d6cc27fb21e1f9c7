/**
 * The scopes in a token answer, each once. Pipedrive separates them by commas, RFC 6749 §3.3 by spaces.
 * @see [RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749.html#section-3.3)
 */
export function parseScope(scope: string): string[] {
  return [...new Set(scope.split(/[\s,]+/).filter((part) => part !== ''))]
}

/**
 * Which wanted scopes are not granted. A `:full` scope contains the `:read` scope of the same name.
 * @see [Pipedrive: scopes](https://pipedrive.readme.io/docs/marketplace-scopes-and-permissions-explanations)
 */
export function missingScopes(wanted: readonly string[], granted: readonly string[]): string[] {
  const has = new Set(granted)
  return wanted.filter((scope) => !has.has(scope) && !has.has(scope.replace(/:read$/, ':full')))
}
