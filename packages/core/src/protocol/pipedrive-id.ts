import * as v from 'valibot'

/** An id of a user or a company: a positive whole number, also when written as a string. */
export const id = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,16}$/), v.transform(Number))]),
  v.safeInteger(),
  v.minValue(1),
)
