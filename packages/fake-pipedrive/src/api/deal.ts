/** A deal as API v2 shows it, in the fields the fake keeps. */
export interface Deal {
  readonly id: number
  readonly title: string
  readonly owner_id: number
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
  readonly visible_to: number
  readonly label_ids: readonly number[]
  readonly custom_fields: Readonly<Record<string, unknown>>
  readonly origin: string
  readonly is_deleted: boolean
  readonly is_archived: boolean
  readonly add_time: string
  readonly update_time: string
}

/** What a client may write. */
export type DealFields = Partial<Omit<Deal, 'id' | 'origin' | 'add_time' | 'update_time'>>

const writable = [
  ...['title', 'owner_id', 'person_id', 'org_id', 'pipeline_id', 'stage_id', 'value', 'currency', 'status'],
  ...['probability', 'expected_close_date', 'lost_reason', 'visible_to', 'label_ids', 'custom_fields'],
  ...['is_deleted', 'is_archived'],
]

/** The writable fields of a request body; unknown ones are ignored. */
export function readDealFields(body: unknown): DealFields {
  if (typeof body !== 'object' || body === null) return {}
  return Object.fromEntries(Object.entries(body).filter(([name]) => writable.includes(name)))
}
