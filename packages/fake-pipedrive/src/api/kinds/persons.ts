import type { ApiRecord, RecordKind } from '../api-record.ts'

interface Contact {
  readonly value: string
  readonly primary: boolean
  readonly label: string
}

/** A person with those fields of API v2 that the fake has. */
export interface Person extends ApiRecord {
  readonly name: string
  readonly first_name: string | null
  readonly last_name: string | null
  readonly org_id: number | null
  readonly emails: readonly Contact[]
  readonly phones: readonly Contact[]
}

const names: readonly (readonly [first: string, last: string])[] = [
  ['Maarja', 'Kask'],
  ['Oliver', 'Brandt'],
  ['Sofía', 'Navarro'],
  ['Tomasz', 'Zieliński'],
  ['Ingrid', 'Solberg'],
  ['Kwame', 'Mensah'],
  ['Élodie', 'Garnier'],
  ['Yuki', 'Tanaka'],
]

const contact = (value: string): Contact => ({ value, primary: true, label: 'work' })

export const persons: RecordKind<Person> = {
  path: 'persons',
  singular: 'Person',
  scope: 'contacts',
  title: 'name',
  filters: ['owner_id', 'org_id'],
  blank: () => ({
    id: 0,
    name: '',
    first_name: null,
    last_name: null,
    owner_id: 0,
    org_id: null,
    emails: [],
    phones: [],
    visible_to: 3,
    label_ids: [],
    custom_fields: {},
    is_deleted: false,
    add_time: '',
    update_time: '',
  }),
  seed: (_, users) =>
    names.map(([first_name, last_name], index) => ({
      name: `${first_name} ${last_name}`,
      first_name,
      last_name,
      owner_id: users[index % users.length]?.id ?? 0,
      org_id: index + 1,
      emails: [contact(`person-${index + 1}@customer-${index + 1}.example`)],
      phones: [contact(`+372 555 01${String(index).padStart(2, '0')}`)],
    })),
  inVersion1: ({ emails, phones, org_id, is_deleted }) => ({
    email: emails,
    phone: phones,
    org_id: org_id === null ? null : { value: org_id },
    primary_email: emails.find(({ primary }) => primary)?.value ?? null,
    active_flag: !is_deleted,
    emails: undefined,
    phones: undefined,
  }),
}
