import type { Company, User } from '../directory.ts'

/** What all records of the API have. */
export interface ApiRecord {
  readonly id: number
  readonly owner_id: number
  readonly visible_to: number
  readonly label_ids: readonly number[]
  readonly custom_fields: Readonly<Record<string, unknown>>
  readonly is_deleted: boolean
  readonly add_time: string
  readonly update_time: string
}

/** The fields that a client may write. */
export type RecordFields<T extends ApiRecord> = Partial<Omit<T, (typeof readOnly)[number]>>

/** One kind of records: deals, persons or organizations. */
export interface RecordKind<T extends ApiRecord> {
  /** The name in the path. */
  readonly path: 'deals' | 'persons' | 'organizations'
  /** The name in error messages. */
  readonly singular: 'Deal' | 'Person' | 'Organization'
  /** The first half of the scopes that allow access. */
  readonly scope: 'deals' | 'contacts'
  /** The field that a new record must have. It is also what a search looks at. */
  readonly title: 'title' | 'name'
  /** The fields that select records in a query of version 2. */
  readonly filters: readonly (keyof T & string)[]
  /** Returns the values of a new record. */
  blank(company: Company): T
  /** Returns the first records of a company, distributed over its users. */
  seed(company: Company, users: readonly User[], now: number): readonly RecordFields<T>[]
  /** Returns the fields that version 1 shows differently. */
  inVersion1(record: T): object
}

const readOnly = ['id', 'origin', 'add_time', 'update_time'] as const

/** Returns the writable fields of a request body and ignores the others. */
export function readFields<T extends ApiRecord>(body: unknown): RecordFields<T> {
  if (typeof body !== 'object' || body === null) return {}
  const names: readonly string[] = readOnly
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name))) as RecordFields<T>
}
