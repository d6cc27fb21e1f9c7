import type { Clock } from '../clock.ts'
import type { Company, Directory, User } from '../directory.ts'
import type { Deal, DealFields } from './deal.ts'
import { seedDeals } from './seed-deals.ts'

/** The deals of every company, in memory. A deleted deal cannot be read any more. */
export interface DealStore {
  list(company: Company): readonly Deal[]
  get(company: Company, id: number): Deal | undefined
  add(company: Company, owner: User, fields: DealFields & { title: string }): Deal
  update(company: Company, id: number, fields: DealFields): Deal | undefined
  remove(company: Company, id: number): boolean
}

export function createDealStore(clock: Clock, directory: Directory): DealStore {
  const shelves = new Map<number, Map<number, Deal>>()

  const insert = (shelf: Map<number, Deal>, company: Company, fields: DealFields): Deal => {
    const id = Math.max(0, ...shelf.keys()) + 1
    const at = timestamp(clock)
    const deal: Deal = { ...blank(company), ...fields, id, add_time: at, update_time: at }
    shelf.set(id, deal)
    return deal
  }

  const shelfOf = (company: Company): Map<number, Deal> => {
    const known = shelves.get(company.id)
    if (known) return known
    const shelf = new Map<number, Deal>()
    shelves.set(company.id, shelf)
    const users = directory.users.filter((user) => user.companyId === company.id)
    for (const fields of seedDeals(company, users, clock.now())) insert(shelf, company, fields)
    return shelf
  }

  return {
    list: (company) => [...shelfOf(company).values()],
    get: (company, id) => shelfOf(company).get(id),
    add: (company, owner, fields) => insert(shelfOf(company), company, { owner_id: owner.id, ...fields }),
    update(company, id, fields) {
      const shelf = shelfOf(company)
      const deal = shelf.get(id)
      if (!deal) return undefined
      const updated = { ...deal, ...fields, update_time: timestamp(clock) }
      shelf.set(id, updated)
      return updated
    },
    remove: (company, id) => shelfOf(company).delete(id),
  }
}

const timestamp = (clock: Clock) => new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z')

const blank = (company: Company): Deal => ({
  id: 0,
  title: '',
  owner_id: 0,
  person_id: null,
  org_id: null,
  pipeline_id: 1,
  stage_id: 1,
  value: 0,
  currency: company.currency,
  status: 'open',
  probability: null,
  expected_close_date: null,
  lost_reason: null,
  visible_to: 3,
  label_ids: [],
  custom_fields: {},
  origin: 'API',
  is_deleted: false,
  is_archived: false,
  add_time: '',
  update_time: '',
})
