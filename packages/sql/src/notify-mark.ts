import { notifyMark } from './statements.ts'
import type { Table } from './table.ts'

/** Returns the statement that adds the mark to the comment of a table. Undefined: the mark is there. */
export function marking({ quoted }: Table, comment: unknown): string | undefined {
  const before = typeof comment === 'string' ? comment : ''
  if (before.includes(notifyMark)) return undefined
  const after = before === '' ? notifyMark : `${before} (${notifyMark})`
  return `COMMENT ON TABLE ${quoted} IS '${after.replaceAll("'", "''")}'`
}
