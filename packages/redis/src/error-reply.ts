/** Whether Redis itself refused a command. Its errors begin with a code in capitals. */
export function isErrorReply(error: unknown): error is Error {
  return error instanceof Error && /^[A-Z]{2,} /.test(error.message)
}
