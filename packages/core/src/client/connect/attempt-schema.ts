import * as v from 'valibot'
import type { AttemptState, Identifying } from '../../machine/consent/state.ts'
import { id } from '../../protocol/pipedrive-id.ts'
import { account } from '../records/state-schema.ts'

const attempting = {
  state: v.exactOptional(v.string()),
  returnTo: v.string(),
  startedAt: v.number(),
  reference: v.exactOptional(v.string()),
  expect: v.exactOptional(v.object({ companyId: id, userId: v.exactOptional(id) })),
  isLast: v.exactOptional(v.literal(true)),
}
const returning = { ...attempting, codeDigest: v.string() }

/** The content of an attempt's cookie. It holds no tokens. */
export const attemptState: v.GenericSchema<unknown, Exclude<AttemptState, Identifying>> = v.variant(
  'status',
  [
    v.object({ status: v.literal('awaiting_consent'), ...attempting }),
    v.object({ status: v.literal('exchanging'), ...returning }),
    v.object({
      status: v.literal('completed'),
      ...returning,
      account,
      completedAt: v.number(),
      sessions: v.exactOptional(v.string()),
    }),
    v.object({
      status: v.literal('failed'),
      ...attempting,
      codeDigest: v.exactOptional(v.string()),
      failure: v.picklist([
        'state_mismatch',
        'access_denied',
        'attempt_expired',
        'invalid_callback',
        'code_refused',
        'unexpected_account',
      ]),
    }),
  ],
)
