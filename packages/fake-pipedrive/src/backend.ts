import { grantableScopes, type AppRegistration } from './app-registration.ts'
import { deals, type Deal } from './api/kinds/deals.ts'
import { organizations, type Organization } from './api/kinds/organizations.ts'
import { persons, type Person } from './api/kinds/persons.ts'
import { createRecordStore, type RecordStore } from './api/record-store.ts'
import { createRateLimits, type RateLimits } from './api/rate-limits.ts'
import { origin, refuseUnless } from './check/check.ts'
import { resolveClock, type SleepingClock } from './clock.ts'
import {
  createDirectory,
  defaultCompanies,
  defaultUsers,
  type Company,
  type Directory,
  type User,
  type UserInput,
} from './directory.ts'
import { Grants } from './grants.ts'
import { addSites, commonSites, pipedriveOrigin, type Site } from './http/site.ts'
import { createMint } from './mint.ts'
import type { FakePipedriveOptions } from './options.ts'
import { runningClock } from './running-clock.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** The state of the server, shared by all its endpoints. */
export interface Backend {
  readonly app: AppRegistration
  readonly clock: SleepingClock
  readonly directory: Omit<Directory, 'addUser'>
  /** What each host serves, by origin. */
  readonly sites: ReadonlyMap<string, Site>
  readonly grants: Grants
  readonly limits: RateLimits
  readonly deals: RecordStore<Deal>
  readonly persons: RecordStore<Person>
  readonly organizations: RecordStore<Organization>
  /** The ids of companies that do not pay. The API answers 402 for them. */
  readonly unpaid: Set<number>
  readonly invalidClientStatus: 400 | 401
  readonly latencyMs: number
  /** The address of the app's panel; see the option of the same name. */
  readonly panelUrl: string | undefined
  /** Adds a user, and the company with its hosts if it is new. */
  addUser(input: UserInput): User
  /** Returns the `api_domain` of a company for a response given at `origin`. */
  apiDomain(company: Company, at?: { site: Site; origin: string }): string
}

export function createBackend(options: FakePipedriveOptions): Backend {
  const clock = resolveClock(options.clock ?? runningClock())
  const mint = createMint(options.seed)
  const directory = createDirectory(
    options.companies ?? defaultCompanies,
    options.users ?? defaultUsers,
    mint,
  )
  const rotateRefreshTokens = options.rotateRefreshTokens ?? false
  const grants = new Grants(
    {
      rotateRefreshTokens,
      reuseDetection: options.reuseDetection ?? rotateRefreshTokens,
      previousAccessTokens: options.previousAccessTokens ?? 'live',
      refreshTokenOnReinstall: options.refreshTokenOnReinstall ?? 'new',
      accessTokenLifetimeMs: options.accessTokenLifetimeMs ?? 60 * MINUTE_MS,
      refreshTokenLifetimeMs: options.refreshTokenLifetimeMs ?? 60 * DAY_MS,
      codeLifetimeMs: options.codeLifetimeMs ?? 5 * MINUTE_MS,
    },
    clock,
    mint,
  )

  const apiDomain: Backend['apiDomain'] = (company, at) => {
    const given = options.apiDomain
    if (typeof given === 'function') {
      const domain = given(company)
      refuseUnless(origin, domain, 'apiDomain()')
      return domain
    }
    if (given) return given
    return at?.site.serves === 'everything' ? at.origin : pipedriveOrigin(company)
  }
  const sites = commonSites()
  for (const company of directory.companies) addSites(sites, company, apiDomain(company))

  return {
    app: {
      name: options.appName ?? 'Your app',
      clientId: options.clientId ?? 'fake-client-id',
      clientSecret: options.clientSecret ?? 'fake-client-secret',
      redirectUri: options.redirectUri ?? 'http://localhost:3000/pipedrive/callback',
      scopes: grantableScopes(options.scopes ?? ['deals:full']),
    },
    clock,
    directory,
    sites,
    grants,
    limits: createRateLimits(clock, options),
    deals: createRecordStore(deals, clock, directory),
    persons: createRecordStore(persons, clock, directory),
    organizations: createRecordStore(organizations, clock, directory),
    unpaid: new Set(),
    invalidClientStatus: options.invalidClientStatus ?? 400,
    latencyMs: options.latencyMs ?? 0,
    panelUrl: options.panelUrl,
    addUser(input) {
      const user = directory.addUser(input)
      const company = directory.company(user.companyId)
      addSites(sites, company, apiDomain(company))
      return user
    },
    apiDomain,
  }
}
