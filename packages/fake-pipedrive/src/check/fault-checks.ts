import type { CallFilter } from '../call-log.ts'
import type { Fault, FaultPlan, FaultTarget } from '../faults/fault.ts'
import { endpointAt } from '../http/site.ts'
import {
  anything,
  countOrInfinity,
  durationMs,
  isObject,
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

const fieldsOfFaults: { readonly [Type in FaultType]: Fields<Required<FieldsOf<Type>>> } = {
  slow: { delayMs: durationMs, ...timing },
  hold: { gate: when('a gate of faults.hold()', isObject), ...timing },
  status: { status, body: anything, headers: optional(recordOf(text)), ...timing },
  html: { status: optional(status), ...timing },
  rate_limited: { retryAfterSeconds: optional(durationOf('seconds')), ...timing },
  empty: { status: optional(status), ...timing },
  oversized: { bytes: optional(wholeNumber(1)), ...timing },
  reset: timing,
  hang: timing,
  truncated: {},
  cut: {},
  omit: { fields: listOf(text) },
  override: { fields: recordOf(anything) },
}

function durationOf(unit: string): Check {
  return when(`a number of ${unit}, 0 or more`, (value) => typeof value === 'number' && value >= 0)
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

/** Returns a sentence for every pair of conditions that no call can meet. */
function contradictions(value: unknown): readonly string[] {
  const { endpoint, grantType, path } = value as CallFilter
  const problems: string[] = []
  if (grantType !== undefined && endpoint !== undefined && endpoint !== 'token')
    problems.push(`only requests to the token endpoint have a grantType, and endpoint is '${endpoint}'`)
  if (typeof path === 'string') {
    const actual = endpointAt({ serves: 'everything' }, path)
    if (actual === 'control') problems.push(`the fake's own pages have no faults, and path is '${path}'`)
    else if (endpoint !== undefined && actual !== endpoint)
      problems.push(`path '${path}' belongs to endpoint '${actual}', not to '${endpoint}'`)
  }
  return problems
}

/** Runs the second check only if the first one finds nothing. */
function combined(first: Check, second: Check): Check {
  return (value, at) => {
    const problems = first(value, at)
    return problems.length > 0 ? problems : second(value, at)
  }
}
