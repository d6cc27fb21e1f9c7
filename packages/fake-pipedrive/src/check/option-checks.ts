import type { CompanyInput, UserInput } from '../directory.ts'
import type { InstallationInput } from '../installation.ts'
import type { FakePipedriveOptions } from '../options.ts'
import {
  anything,
  countOrInfinity,
  durationMs,
  func,
  instant,
  isObject,
  isOrigin,
  listOf,
  object,
  oneOf,
  optional,
  text,
  url,
  when,
  wholeNumber,
  yesOrNo,
  type Check,
} from './check.ts'

const id = wholeNumber(1)
/** A scope such as `deals:full`. New ones appear, so only the form is checked. */
export const scopes: Check = listOf(
  when(
    'a scope such as deals:full',
    (value) => typeof value === 'string' && /^[a-z0-9-]+(:[a-z0-9-]+)?$/.test(value),
  ),
)
const plan = oneOf('lite', 'growth', 'premium', 'ultimate')
const hostLabel = when(
  'the first label of a host, such as acme',
  (value) => typeof value === 'string' && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(value),
)

const company = object<CompanyInput>({
  id,
  name: optional(text),
  domain: optional(hostLabel),
  country: optional(text),
  currency: optional(text),
  plan: optional(plan),
  seats: optional(wholeNumber(1)),
})

/** A user as the options and `POST /__fake/users` name it. */
export const user = object<UserInput>({
  id,
  companyId: id,
  name: optional(text),
  email: optional(text),
  admin: optional(yesOrNo),
  apiToken: optional(text),
})

const installation = object<InstallationInput & { id?: string }>({
  // `fake.installations()` also returns this name, which follows from the user.
  id: optional(text),
  user,
  scopes,
  refreshToken: text,
  accessTokens: listOf(text),
  accessTokensExpireAt: listOf(instant),
  installedAt: instant,
  refreshedAt: instant,
  refreshTokenExpiresAt: instant,
})

const clock = when('a function, or an object with now()', (value) =>
  isObject(value)
    ? 'now' in value &&
      typeof value.now === 'function' &&
      (!('sleep' in value) || value.sleep === undefined || typeof value.sleep === 'function')
    : typeof value === 'function',
)

const apiDomain = when(
  'an origin such as https://acme.pipedrive.com, or a function that returns one',
  (value) => typeof value === 'function' || isOrigin(value),
)

const fields: { readonly [Name in keyof Required<FakePipedriveOptions>]: Check } = {
  clientId: optional(text),
  clientSecret: optional(text),
  redirectUri: optional(url),
  appName: optional(text),
  panelUrl: optional(url),
  scopes: optional(scopes),
  companies: optional(listOf(company)),
  users: optional(listOf(user)),
  installations: optional(listOf(installation)),
  onInstallationsChange: optional(func),
  rotateRefreshTokens: optional(yesOrNo),
  reuseDetection: optional(yesOrNo),
  previousAccessTokens: optional(oneOf('live', 'die')),
  refreshTokenOnReinstall: optional(oneOf('new', 'same')),
  // Its seconds are a number in JSON, which has no `Infinity`.
  accessTokenLifetimeMs: optional(
    when('a number of milliseconds, 0 or more', (ms) => Number.isFinite(ms) && Number(ms) >= 0),
  ),
  refreshTokenLifetimeMs: optional(durationMs),
  codeLifetimeMs: optional(durationMs),
  invalidClientStatus: optional(oneOf(400, 401)),
  burstLimit: optional(countOrInfinity(0)),
  dailyBudget: optional(countOrInfinity(0)),
  rateLimitHeaders: optional(oneOf('all', 'burst', 'none')),
  latencyMs: optional(durationMs),
  apiDomain: optional(apiDomain),
  // Each plan is checked where it is added to the script.
  faults: optional(listOf(anything)),
  clock: optional(clock),
  seed: optional(when('a number', (value) => Number.isFinite(value))),
  appFetch: optional(func),
}

/** Checks the options of `createFakePipedrive()`. */
export const fakePipedriveOptions: Check = object(fields)

/** Names a user; see `UserRef`. Whether there is such a user is the directory's question. */
export const userRef: Check = (value, at) => {
  if (typeof value === 'string' || typeof value === 'number') return []
  if (isObject(value) && 'id' in value && 'companyId' in value) return []
  return [`${at} must be a user: an id, an e-mail address, 'companyId:userId' or the object of a user`]
}
