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
export type DealFields = Partial<Omit<Deal, (typeof readOnly)[number]>>

const readOnly = ['id', 'origin', 'add_time', 'update_time'] as const

/** The fields of a request body that may be written; the others are ignored. */
export function readDealFields(body: unknown): DealFields {
  if (typeof body !== 'object' || body === null) return {}
  const names: readonly string[] = readOnly
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)))
}
