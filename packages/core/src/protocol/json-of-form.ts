/**
 * Returns the JSON text that was labelled as a form, from the fields that a parser of forms made of it: one field, whose name is
 * the text. Undefined: it was a form, or a space in one of its texts may have been a `+`.
 */
export function jsonOfForm(fields: readonly (readonly [name: string, value: unknown])[]): string | undefined {
  const [[name, value] = [], ...more] = fields
  if (name?.startsWith('{') !== true || typeof value !== 'string' || more.length > 0) return undefined
  try {
    const json = JSON.stringify(JSON.parse(value === '' ? name : `${name}=${value}`))
    return json.includes(' ') ? undefined : json
  } catch {
    return undefined
  }
}
