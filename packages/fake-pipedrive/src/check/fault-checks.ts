import type { CallFilter } from '../call-log.ts'
import type { Fault, FaultPlan, FaultTarget } from '../faults/fault.ts'
import { endpointAt, pathOf } from '../http/site.ts'
import {
  anything,
  countOrInfinity,
  durationMs,
  isObject,
  json,
  listOf,
  object,
  oneOf,
  optional,
  recordOf,
  suggestion,
  text,
  when,
  wholeNumber,
  type Check,
  type Fields,
} from './check.ts'
import { userRef } from './option-checks.ts'

type FaultType = Fault['type']
type FieldsOf<Type extends FaultType> = Omit<Extract<Fault, { readonly type: Type }>, 'type'>

const status = wholeNumber(200, 599)
const timing = { when: optional(oneOf('before', 'after')) }

/** In bytes. A text cannot be much longer. */
const largestBody = 500_000_000

const gate = when(
  'a gate of faults.hold()',
  (value) => isObject(value) && 'pass' in value && typeof value.pass === 'function',
)

const headers: Check = (value, at) =>
  isObject(value)
    ? Object.entries(value).flatMap(([name, text]) => header(name)(text, `${at}.${name}`))
    : [`${at} must be an object of headers`]

/** @see [RFC 9110 §5](https://www.rfc-editor.org/rfc/rfc9110.html#section-5) */
function header(name: string): Check {
  return when(
    'a header that HTTP can carry',
    (value) =>
      /^[\w!#$%&'*+.^`|~-]+$/.test(name) &&
      typeof value === 'string' &&
      /^[\t\x20-\x7e\x80-\xff]*$/.test(value),
  )
}

const fieldsOfFaults: { readonly [Type in FaultType]: Fields<Required<FieldsOf<Type>>> } = {
  slow: { delayMs: durationMs, ...timing },
  hold: { gate, ...timing },
  status: { status, body: optional(json), headers: optional(headers), ...timing },
  html: { status: optional(status), ...timing },
  rate_limited: { retryAfterSeconds: optional(durationOf('seconds')), ...timing },
  empty: { status: optional(status), ...timing },
  oversized: { bytes: optional(wholeNumber(1, largestBody)), ...timing },
  reset: timing,
  hang: timing,
  truncated: {},
  cut: {},
  omit: { fields: listOf(text) },
  override: { fields: recordOf(optional(json)) },
}

function durationOf(unit: string): Check {
  return when(`a number of ${unit}, 0 or more`, (value) => Number.isFinite(value) && Number(value) >= 0)
}

const faultTypes = Object.keys(fieldsOfFaults)

const fault: Check = (value, at) => {
  if (!isObject(value)) return [`${at} must be a fault such as { type: 'status', status: 503 }`]
  const { type } = value as { readonly type?: unknown }
  if (typeof type !== 'string' || !faultTypes.includes(type))
    return [`there is no fault '${String(type)}'${suggestion(type, faultTypes)}`]
  return object({ type: anything, ...fieldsOfFaults[type as FaultType] })(value, at)
}

const oneOrMoreFaults: Check = (value, at) => {
  if (value === undefined)
    return ["a fault plan needs a fault, such as fault: { type: 'status', status: 503 }"]
  if (Array.isArray(value) && value.length === 0) return [`${at} must hold at least one fault`]
  return Array.isArray(value) ? listOf(fault)(value, at) : fault(value, at)
}

const conditions = {
  endpoint: optional(oneOf('authorize', 'token', 'revoke', 'api', 'unknown')),
  grantType: optional(oneOf('authorization_code', 'refresh_token', 'exchange_api_token')),
  user: optional(userRef),
  method: optional(oneOf('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS')),
  path: optional(
    when('a path such as /oauth/token without a query, or a RegExp', (value) =>
      typeof value === 'string' ? /^\/[^?#]*$/.test(value) : value instanceof RegExp,
    ),
  ),
}

const target: Fields<Required<FaultTarget>> = {
  ...conditions,
  times: optional(countOrInfinity(1)),
  skip: optional(wholeNumber(0)),
}

/** Checks a fault plan: its fields, its values, and that a call can meet all its conditions. */
export const faultPlan: Check = combined(
  object<Required<FaultPlan>>({ ...target, fault: oneOrMoreFaults }),
  contradictions,
)

/** Checks the argument of `faults.hold()`. */
export const holdTarget: Check = combined(object({ ...target, ...timing }), contradictions)

/** Checks the argument of `faults.dropAfterCommit()`. */
export const dropTarget: Check = combined(object(target), contradictions)

/** Checks a filter of calls. */
export const callFilter: Check = combined(
  object<Required<CallFilter>>({ ...conditions, status: optional(wholeNumber(100, 599)) }),
  contradictions,
)

/** Checks the filter of `tokenRequests()`, whose endpoint is given. */
export const tokenRequestFilter: Check = combined(
  object({ ...withoutEndpoint(), status: optional(wholeNumber(100, 599)) }),
  (filter) => contradictions({ ...(filter as object), endpoint: 'token' }),
)

function withoutEndpoint() {
  const { endpoint: _, ...others } = conditions
  return others
}

/** Returns a sentence for all conditions that no call can meet together. */
function contradictions(value: unknown): readonly string[] {
  const { endpoint, grantType, user, method, path } = value as CallFilter
  const problems: string[] = []
  const ofPath = typeof path === 'string' ? endpointAt({ serves: 'everything' }, path) : undefined
  const ofGrantType = grantType === undefined ? undefined : 'token'
  /** Where all calls that are left arrive. */
  const at = endpoint ?? ofPath ?? ofGrantType
  const place = endpoint === undefined ? `path is '${String(path)}'` : `endpoint is '${endpoint}'`
  if (ofPath === 'control')
    problems.push(`the fake's own pages have no faults, and path is '${String(path)}'`)
  else if (ofPath !== undefined && ofPath !== at)
    problems.push(`path '${String(path)}' belongs to endpoint '${ofPath}', not to '${at}'`)
  if (grantType !== undefined && at !== 'token')
    problems.push(`only requests to the token endpoint have a grantType, and ${place}`)
  if (user !== undefined && (at === 'authorize' || at === 'unknown'))
    problems.push(`only requests to the endpoints 'token', 'revoke' and 'api' tell a user, and ${place}`)
  const isInBody = grantType !== undefined || (user !== undefined && (at === 'token' || at === 'revoke'))
  if (isInBody && (method === 'GET' || method === 'HEAD'))
    problems.push(`a ${method} request has no body for grantType or user`)
  const onlyPath = at && pathOf(at)
  if (path instanceof RegExp && onlyPath !== undefined && onlyPath.search(path) < 0)
    problems.push(`path ${path} does not fit '${onlyPath}', the only path of endpoint '${at}'`)
  return problems
}

/** Runs the second check only if the first one finds nothing. */
function combined(first: Check, second: Check): Check {
  return (value, at) => {
    const problems = first(value, at)
    return problems.length > 0 ? problems : second(value, at)
  }
}
