import type { ApiRecord, RecordKind } from '../api-record.ts'

/** A deal with those fields of API v2 that the fake has. */
export interface Deal extends ApiRecord {
  readonly title: string
  readonly person_id: number | null
  readonly org_id: number | null
  readonly pipeline_id: number
  readonly stage_id: number
  readonly value: number
  readonly currency: string
  readonly status: 'open' | 'won' | 'lost'
  readonly probability: number | null
  readonly expected_close_date: string | null
  readonly lost_reason: string | null
  readonly origin: string
  readonly is_archived: boolean
}

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

export const deals: RecordKind<Deal> = {
  path: 'deals',
  singular: 'Deal',
  scope: 'deals',
  title: 'title',
  filters: ['owner_id', 'person_id', 'org_id', 'pipeline_id', 'stage_id', 'status'],
  blank: (company) => ({
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
  }),
  seed: (company, users, now) =>
    templates.map(([title, value, stage_id, status, closesInDays], index) => ({
      title,
      value,
      stage_id,
      status,
      currency: company.currency,
      owner_id: users[index % users.length]?.id ?? 0,
      org_id: index + 1,
      person_id: index + 1,
      probability: status === 'open' ? stage_id * 20 : null,
      expected_close_date: new Date(now + closesInDays * 86_400_000).toISOString().slice(0, 10),
      lost_reason: status === 'lost' ? 'Chose another supplier' : null,
    })),
  inVersion1: (deal) => ({ active: deal.status === 'open', deleted: deal.is_deleted }),
}
