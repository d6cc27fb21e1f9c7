import type { ExtensionTokenOptions } from '../notices/extension-token.ts'
import type { UninstallNoticeOptions } from '../notices/uninstall-notice.ts'
import {
  instant,
  listOf,
  object,
  oneOf,
  optional,
  origin,
  recordOf,
  anything,
  text,
  url,
  when,
  wholeNumber,
  yesOrNo,
  type Check,
  type Fields,
} from './check.ts'
import { scopes, userRef } from './option-checks.ts'

const notice: Fields<UninstallNoticeOptions> = {
  timestamp: optional(instant),
  idsAs: optional(oneOf('number', 'string')),
  timestampAs: optional(oneOf('iso', 'seconds', 'milliseconds')),
}
const extension: Fields<ExtensionTokenOptions> = {
  secret: optional(text),
  expiresInMs: optional(when('a number of milliseconds', (value) => typeof value === 'number')),
  claims: optional(recordOf(anything)),
}
const user = optional(userRef)

/** The options of the methods of a fake, by method. */
export const optionsOf = {
  authorizeUrl: object({ state: optional(anyText()), origin: optional(origin) }),
  approve: object({ user, omitState: optional(yesOrNo) }),
  deny: object({ error: optional(text) }),
  listen: object({
    port: optional(wholeNumber(0, 65_535)),
    host: optional(text),
    allowedHosts: optional(listOf(hostName())),
  }),
  uninstall: object({
    ...notice,
    deliver: optional(when('a function or false', (value) => value === false || typeof value === 'function')),
  }),
  uninstallNotice: object<UninstallNoticeOptions>(notice),
  share: object({ isShared: optional(yesOrNo) }),
  extensionToken: object<ExtensionTokenOptions>(extension),
} satisfies Record<string, Check>

/** The values that administrators set, by method. */
export const valueOf = {
  changeScopes: scopes,
  resetClientSecret: optional(text),
  setCompanyStanding: oneOf('paying', 'unpaid'),
  setDailyBudget: limit(),
  setBurstLimit: limit(),
  spendDailyBudget: wholeNumber(0),
} satisfies Record<string, Check>

/** The bodies of control requests, by path. JSON has no `Infinity`, so some numbers may be the text `Infinity`. */
export const bodyOf = {
  approve: object({
    user,
    authorizeUrl: optional(url),
    state: optional(anyText()),
    omitState: optional(yesOrNo),
  }),
  deny: object({ authorizeUrl: optional(url), state: optional(anyText()), error: optional(text) }),
  install: object({ user }),
  expire: object({ user }),
  kill: object({ user }),
  uninstall: object({ ...notice, user, deliver: optional(yesOrNo) }),
  clock: object({
    advanceMs: when('a number of milliseconds, 0 or more', (ms) => Number.isFinite(ms) && Number(ms) >= 0),
  }),
  company: object({
    company: when(
      'a company: its id or its domain',
      (ref) => typeof ref === 'string' || typeof ref === 'number',
    ),
    standing: optional(oneOf('paying', 'unpaid')),
    dailyBudget: optional(limit()),
    burstLimit: optional(limit()),
    spend: optional(wholeNumber(0)),
  }),
  extensionToken: object({ ...extension, user }),
  app: object({ scopes: optional(scopes), clientSecret: optional(text) }),
} satisfies Record<string, Check>

function anyText(): Check {
  return when('a text', (value) => typeof value === 'string')
}

function limit(): Check {
  return when('a number, 0 or more', (value) => typeof value === 'number' && value >= 0)
}

function hostName(): Check {
  return when(
    'a host with or without a port, such as fake:4700',
    (value) => typeof value === 'string' && /^[^\s/\\@?#]+$/.test(value),
  )
}
