import * as v from 'valibot'
import type { History } from '../../machine/history.ts'
import type { InstallationState } from '../../machine/installation/state.ts'
import { id } from '../../protocol/pipedrive-id.ts'
import { decodeHistory, encodeHistory } from './history-codec.ts'
import { withLongNames, withShortNames } from './short-names.ts'

const instant = v.number()

/** The account of an installation or of a consent attempt. */
export const account = v.object({
  companyId: id,
  userId: id,
  companyName: v.exactOptional(v.string()),
  companyDomain: v.exactOptional(v.string()),
  userName: v.exactOptional(v.string()),
  email: v.exactOptional(v.string()),
  isAdmin: v.exactOptional(v.boolean()),
})

const tokens = v.object({
  accessToken: v.string(),
  refreshToken: v.string(),
  scopes: v.array(v.string()),
  apiDomain: v.string(),
  obtainedAt: instant,
  expiresAt: instant,
  refreshTokenExpiresAt: instant,
})

const refreshFailure = v.picklist([
  'token_endpoint_unavailable',
  'token_endpoint_timeout',
  'malformed_response',
  'request_rejected',
  'client_rejected',
])

const history = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }): History => {
    const decoded = decodeHistory(dataset.value)
    if (decoded !== undefined) return decoded
    addIssue({ message: 'not a history' })
    return NEVER
  }),
)

const installed = {
  grantId: v.string(),
  clientId: v.string(),
  account,
  installedAt: instant,
  generation: v.number(),
  reference: v.exactOptional(v.string()),
  sessions: v.exactOptional(v.string()),
  history: v.exactOptional(history),
}

const withTokens = {
  ...installed,
  tokens,
  cooldown: v.exactOptional(v.object({ until: instant, failures: v.number(), code: refreshFailure })),
  contested: v.exactOptional(v.literal(true)),
}

/** The content of a record. Only this library writes it, so content that does not fit is damaged or forged. */
export const installationState: v.GenericSchema<unknown, InstallationState> = v.pipe(
  v.unknown(),
  v.transform(withLongNames),
  v.variant('status', [
    v.object({ status: v.literal('active'), ...withTokens }),
    v.object({
      status: v.literal('refreshing'),
      ...withTokens,
      lease: v.object({ holder: v.string(), until: instant }),
    }),
    v.object({ status: v.literal('in_doubt'), ...withTokens, until: instant }),
    v.object({
      status: v.literal('reauthorization_required'),
      ...installed,
      reason: v.literal('invalid_grant'),
      refusedAt: instant,
      refused: v.object({ refreshToken: v.string(), obtainedAt: instant }),
    }),
  ]),
)

/** Returns what is sealed of a state: the state with its history as short text, under short names. */
export function payloadOf(state: InstallationState): object {
  const { history: entries, ...rest } = state
  return withShortNames(entries === undefined ? rest : { ...rest, history: encodeHistory(entries) })
}
