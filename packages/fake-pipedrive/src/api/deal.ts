/** A deal with those fields of API v2 that the fake has. */
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

/** The fields that a client may write. */
export type DealFields = Partial<Omit<Deal, (typeof readOnly)[number]>>

const readOnly = ['id', 'origin', 'add_time', 'update_time'] as const

/** Returns the writable fields of a request body and ignores the others. */
export function readDealFields(body: unknown): DealFields {
  if (typeof body !== 'object' || body === null) return {}
  const names: readonly string[] = readOnly
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)))
}
