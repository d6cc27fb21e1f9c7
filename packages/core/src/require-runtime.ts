/** Fails where the runtime is too old, at import and not in the middle of a login. */
export function requireRuntime(name: string): void {
  if (!('withResolvers' in Promise && 'fromAsync' in Array && 'parse' in URL))
    throw new Error(`${name} needs Node 22 or newer, or another runtime of that age.`)
}
