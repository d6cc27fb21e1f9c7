/** Returns a copy of an object without its undefined properties. Undefined: an empty object. */
export function withoutUndefined(value: object | undefined): object {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, each]) => each !== undefined))
}
