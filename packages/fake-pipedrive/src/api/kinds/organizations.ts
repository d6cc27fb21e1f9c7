import type { ApiRecord, RecordKind } from '../api-record.ts'

/** An organization with those fields of API v2 that the fake has. */
export interface Organization extends ApiRecord {
  readonly name: string
  readonly address: { readonly value: string; readonly country: string } | null
}

const names = [
  'Baltic Timber',
  'Northwind Foods',
  'Helios Energy',
  'Vistula Print',
  'Fjord Shipping',
  'Accra Textiles',
  'Atelier Garnier',
  'Tanaka Instruments',
]

export const organizations: RecordKind<Organization> = {
  path: 'organizations',
  singular: 'Organization',
  scope: 'contacts',
  title: 'name',
  filters: ['owner_id'],
  blank: () => ({
    id: 0,
    name: '',
    owner_id: 0,
    address: null,
    visible_to: 3,
    label_ids: [],
    custom_fields: {},
    is_deleted: false,
    add_time: '',
    update_time: '',
  }),
  seed: (company, users) =>
    names.map((name, index) => ({
      name,
      owner_id: users[index % users.length]?.id ?? 0,
      address: { value: `${index + 1} Harbour Street`, country: company.country },
    })),
  inVersion1: ({ address, is_deleted }) => ({
    address: address?.value ?? null,
    address_country: address?.country ?? null,
    active_flag: !is_deleted,
  }),
}
