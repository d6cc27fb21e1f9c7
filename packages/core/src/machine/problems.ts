/** One thing that may be wrong, and the sentence that says so. */
export type Check = readonly [isWrong: boolean, sentence: string]

/** Returns the sentences of the checks that found something wrong. */
export function problemsOf(...checks: readonly Check[]): string[] {
  return checks.filter(([isWrong]) => isWrong).map(([, sentence]) => sentence)
}

/** Returns whether a value is a text that is not blank. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

/** Returns a sentence for every property of `given` that `known` does not have. `prefix` stands before its name. */
export function unknownNames(given: object, known: object, prefix = ''): string[] {
  return Object.keys(given)
    .filter((name) => !Object.hasOwn(known, name))
    .map((name) => `${prefix}${name} is not a known option`)
}
