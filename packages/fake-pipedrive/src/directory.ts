import type { Mint } from './mint.ts'

/** The plan of a company. It sets the limits that the options do not set. */
export type Plan = 'lite' | 'growth' | 'premium' | 'ultimate'

export interface Company {
  readonly id: number
  readonly name: string
  /** The first label of its host: `acme` for `https://acme.pipedrive.com`. */
  readonly domain: string
  readonly country: string
  readonly currency: string
  readonly plan: Plan
  /** Paid seats; the daily budget grows with them. */
  readonly seats: number
}

/** A user in one company. A person in two companies is two users with the same `id`. */
export interface User {
  readonly id: number
  readonly companyId: number
  readonly name: string
  readonly email: string
  readonly admin: boolean
  /** The legacy API token. It works for one `exchange_api_token`. */
  readonly apiToken: string
}

/** A company in the options. Missing fields get invented values. */
export type CompanyInput = Pick<Company, 'id'> & Partial<Company>
/** A user in the options. Missing fields get invented values. */
export type UserInput = Pick<User, 'id' | 'companyId'> & Partial<User>

/** Names a user: the object, its id, its e-mail address, or `companyId:userId`. */
export type UserRef = number | string | Pick<User, 'id' | 'companyId'>
/** Names a company: its id, its domain, or the object. */
export type CompanyRef = number | string | Pick<Company, 'id'>

/** Returns `companyId:userId`, the only unique key of an installation. */
export const installationIdOf = (user: Pick<User, 'id' | 'companyId'>): string =>
  `${user.companyId}:${user.id}`

/** The people and companies the server knows. */
export interface Directory {
  readonly companies: readonly Company[]
  readonly users: readonly User[]
  /**
   * Returns the user that `ref` names. Default: the first user.
   * @throws {Error} when `ref` names no user, or more than one
   */
  user(ref?: UserRef): User
  userByApiToken(apiToken: string): User | undefined
  /**
   * Adds a user, and the company if it is new. Missing fields get invented values.
   * @throws {Error} when this user exists
   */
  addUser(input: UserInput): User
  /** @throws {Error} when `ref` names no company */
  company(ref: CompanyRef): Company
}

export const defaultCompanies: readonly CompanyInput[] = [
  {
    id: 1001,
    name: 'Acme Trading',
    domain: 'acme',
    country: 'EE',
    currency: 'EUR',
    plan: 'ultimate',
    seats: 12,
  },
  {
    id: 1002,
    name: 'Globex Logistics',
    domain: 'globex',
    country: 'US',
    currency: 'USD',
    plan: 'premium',
    seats: 5,
  },
]

/** The default users. Cleo is in both companies, with the same user id. */
export const defaultUsers: readonly UserInput[] = [
  { id: 11, companyId: 1001, name: 'Ada Lindqvist', email: 'ada@acme.example', admin: true },
  { id: 12, companyId: 1001, name: 'Bo Tamm', email: 'bo@acme.example' },
  { id: 13, companyId: 1001, name: 'Cleo Marsh', email: 'cleo@consulting.example' },
  { id: 13, companyId: 1002, name: 'Cleo Marsh', email: 'cleo@consulting.example' },
  { id: 21, companyId: 1002, name: 'Dan Okafor', email: 'dan@globex.example', admin: true },
]

/** Creates the directory. Missing fields get values, and a company that only a user names is added. */
export function createDirectory(
  companyInputs: readonly CompanyInput[],
  userInputs: readonly UserInput[],
  mint: Mint,
): Directory {
  const companies: Company[] = []
  const users: User[] = []
  for (const input of companyInputs) {
    if (companies.some(({ id, domain }) => id === input.id || domain === input.domain))
      throw new Error(`Fake Pipedrive has two companies with the id or the domain of ${describe(input)}`)
    companies.push(completeCompany(input))
  }
  const addUser = (input: UserInput): User => {
    const { companyId } = input
    if (users.some((user) => matchesUser(user, input)))
      throw new Error(`Fake Pipedrive has two users ${installationIdOf(input)}`)
    if (!companies.some((company) => company.id === companyId))
      companies.push(completeCompany({ id: companyId }))
    const user = completeUser(input, mint)
    users.push(user)
    return user
  }
  for (const input of userInputs) addUser(input)
  if (users.length === 0) throw new Error('Fake Pipedrive needs at least one user')

  return {
    companies,
    users,
    addUser,
    user(ref) {
      const found = ref === undefined ? users.slice(0, 1) : users.filter((user) => matchesUser(user, ref))
      const [user, ...others] = found
      if (!user) throw new Error(`Fake Pipedrive has no user ${describe(ref)}. It has ${listed(users)}`)
      if (others.length === 0) return user
      const choices = found.map(installationIdOf).join("' or '")
      throw new Error(`${describe(ref)} names more than one user: use '${choices}'`)
    },
    userByApiToken: (apiToken) => users.find((user) => user.apiToken === apiToken),
    company(ref) {
      const found = companies.find((company) => matchesCompany(company, ref))
      if (!found) {
        const known = companies.map(({ id, domain }) => `${id} (${domain})`).join(', ')
        throw new Error(`Fake Pipedrive has no company ${describe(ref)}. It has ${known}`)
      }
      return found
    },
  }
}

function completeCompany(input: CompanyInput): Company {
  const { id } = input
  const made = { name: `Company ${id}`, domain: `company-${id}`, country: 'EE', currency: 'EUR' }
  return { ...made, plan: 'ultimate', seats: 1, ...given(input) }
}

function completeUser(input: UserInput, mint: Mint): User {
  const { id, companyId } = input
  const made = { name: `User ${id}`, email: `user-${id}@company-${companyId}.example`, admin: false }
  return { ...made, apiToken: mint.apiToken(), ...given(input) }
}

/** Returns an object without the fields that are `undefined`. */
const given = <T extends object>(input: T): T =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as T

/** @throws {Error} if a condition names a user who does not exist */
export function refuseUnknownUser(
  { users }: Pick<Directory, 'users'>,
  user: UserRef | undefined,
  caller: string,
): void {
  if (user === undefined || users.some((one) => matchesUser(one, user))) return
  throw new Error(`${caller}: there is no user ${typeof user === 'object' ? installationIdOf(user) : user}`)
}

/** Whether `ref` names this user. */
export function matchesUser(user: User, ref: UserRef): boolean {
  if (typeof ref === 'number') return user.id === ref
  if (typeof ref === 'string') return user.email === ref || installationIdOf(user) === ref
  return installationIdOf(user) === installationIdOf(ref)
}

function matchesCompany(company: Company, ref: CompanyRef): boolean {
  if (typeof ref === 'object') return company.id === ref.id
  return company.id === ref || company.domain === ref
}

const describe = (ref: unknown) => (typeof ref === 'object' ? JSON.stringify(ref) : String(ref))

const listed = (users: readonly User[]) =>
  users.map((user) => `${installationIdOf(user)} (${user.email})`).join(', ')
