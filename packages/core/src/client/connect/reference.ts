import type { Check } from '../../machine/problems.ts'

/** The longest reference, in characters: it is stored with every record. */
const longestReference = 200

/** Checks the application's own name of an installation. It may be left out. */
export function referenceCheck(reference: unknown): Check {
  const isFit = typeof reference === 'string' && reference !== '' && reference.length <= longestReference
  return [
    reference !== undefined && !isFit,
    `reference must be a text of 1 to ${longestReference} characters`,
  ]
}
