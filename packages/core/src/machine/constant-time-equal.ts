/** Compares two strings without telling by its timing where they differ. Their lengths are not hidden. */
export function constantTimeEqual(left: string, right: string): boolean {
  let difference = left.length ^ right.length
  for (let index = 0; index < right.length; index++)
    difference |= left.charCodeAt(index % (left.length || 1)) ^ right.charCodeAt(index)
  return difference === 0
}
