/** An error in how the program was started. Its message is printed without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
