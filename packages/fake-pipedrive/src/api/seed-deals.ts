import type { Company, User } from '../directory.ts'
import type { DealFields } from './deal.ts'

/** Title, value, stage, status, and days until it should close. */
const templates: readonly (readonly [string, number, number, 'open' | 'won' | 'lost', number])[] = [
  ['Annual licence renewal', 18_400, 3, 'open', 21],
  ['Warehouse rollout, phase 1', 42_000, 2, 'open', 45],
  ['Pilot for the Tallinn office', 6_500, 1, 'open', 60],
  ['Support contract', 9_900, 5, 'won', -12],
  ['Fleet tracking add-on', 13_750, 4, 'open', 10],
  ['Website relaunch', 27_300, 2, 'lost', -30],
  ['Training days for the sales team', 3_200, 5, 'won', -3],
  ['Integration with the ERP', 35_000, 3, 'open', 75],
]

/** Returns the first deals of a company, distributed over its users. */
export function seedDeals(company: Company, users: readonly User[], now: number): readonly DealFields[] {
  return templates.map(([title, value, stage_id, status, closesInDays], index) => ({
    title,
    value,
    stage_id,
    status,
    currency: company.currency,
    owner_id: users[index % users.length]?.id ?? 0,
    org_id: 200 + index,
    person_id: 500 + index,
    probability: status === 'open' ? stage_id * 20 : null,
    expected_close_date: new Date(now + closesInDays * 86_400_000).toISOString().slice(0, 10),
    lost_reason: status === 'lost' ? 'Chose another supplier' : null,
  }))
}
