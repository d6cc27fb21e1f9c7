import type { Clock } from '../clock.ts'
import type { Company, Directory, User } from '../directory.ts'
import type { ApiRecord, RecordFields, RecordKind } from './api-record.ts'

/**
 * The records of one kind of every company, in memory. A deleted record cannot be read any more, and its id is not used
 * again.
 */
export interface RecordStore<T extends ApiRecord> {
  list(company: Company): readonly T[]
  get(company: Company, id: number): T | undefined
  add(company: Company, owner: User, fields: RecordFields<T>): T
  update(company: Company, id: number, fields: RecordFields<T>): T | undefined
  remove(company: Company, id: number): boolean
}

/** The records of one company, by id in ascending order. */
interface Shelf<T> {
  readonly records: Map<number, T>
  lastId: number
}

export function createRecordStore<T extends ApiRecord>(
  kind: RecordKind<T>,
  clock: Clock,
  directory: Directory,
): RecordStore<T> {
  const shelves = new Map<number, Shelf<T>>()

  const insert = (shelf: Shelf<T>, company: Company, fields: RecordFields<T>): T => {
    const id = (shelf.lastId += 1)
    const at = timestamp(clock)
    const record: T = { ...kind.blank(company), ...fields, id, add_time: at, update_time: at }
    shelf.records.set(id, record)
    return record
  }

  const shelfOf = (company: Company): Shelf<T> => {
    const known = shelves.get(company.id)
    if (known) return known
    const shelf: Shelf<T> = { records: new Map(), lastId: 0 }
    shelves.set(company.id, shelf)
    const users = directory.users.filter((user) => user.companyId === company.id)
    for (const fields of kind.seed(company, users, clock.now())) insert(shelf, company, fields)
    return shelf
  }

  return {
    list: (company) => [...shelfOf(company).records.values()],
    get: (company, id) => shelfOf(company).records.get(id),
    add: (company, owner, fields) => insert(shelfOf(company), company, { owner_id: owner.id, ...fields }),
    update(company, id, fields) {
      const { records } = shelfOf(company)
      const record = records.get(id)
      if (!record) return undefined
      const updated: T = { ...record, ...fields, update_time: timestamp(clock) }
      records.set(id, updated)
      return updated
    },
    remove: (company, id) => shelfOf(company).records.delete(id),
  }
}

const timestamp = (clock: Clock) => new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z')
