import * as v from 'valibot'
import type { InstallationState } from '../../machine/installation/state.ts'
import { id } from '../../protocol/pipedrive-id.ts'

const instant = v.number()

/** The account of an installation or of a consent attempt. */
export const account = v.object({
  companyId: id,
  userId: id,
  companyName: v.exactOptional(v.string()),
  companyDomain: v.exactOptional(v.string()),
  userName: v.exactOptional(v.string()),
  email: v.exactOptional(v.string()),
})

export const tokens = v.object({
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

const installed = {
  grantId: v.string(),
  clientId: v.string(),
  account,
  installedAt: instant,
  generation: v.number(),
}

const withTokens = {
  ...installed,
  tokens,
  cooldown: v.exactOptional(v.object({ until: instant, failures: v.number(), code: refreshFailure })),
  contested: v.exactOptional(v.literal(true)),
}

/** What a record holds. Written by this library alone: whatever does not fit was damaged or planted. */
export const installationState: v.GenericSchema<unknown, InstallationState> = v.variant('status', [
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
  }),
])
