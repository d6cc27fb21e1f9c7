/** Returns how many bytes a text takes as JSON in UTF-8, as sealed values hold it. */
export function jsonBytes(text: string): number {
  return new TextEncoder().encode(JSON.stringify(text)).length - '""'.length
}
