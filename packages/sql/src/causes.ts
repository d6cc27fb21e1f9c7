/** What an error, or one of its causes, says of itself. */
export interface Cause {
  readonly message: string
  readonly code: unknown
  /** The number of an error of MySQL. */
  readonly errno: unknown
  /** The extended result code of SQLite, in `node:sqlite`. */
  readonly errcode: unknown
}

/** Returns the error and what caused it, because some libraries wrap the error of the database. */
export function causesOf(error: unknown): readonly Cause[] {
  const causes: Cause[] = []
  for (let cause = error; cause instanceof Error && causes.length < 5; cause = cause.cause) {
    const { code, errno, errcode } = Object(cause) as Partial<Record<string, unknown>>
    causes.push({ message: cause.message, code, errno, errcode })
  }
  return causes
}
