/** A mistake of whoever started the program: its sentence is shown without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
