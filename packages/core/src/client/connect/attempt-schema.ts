import * as v from 'valibot'
import type { AttemptState } from '../../machine/consent/state.ts'
import { account, tokens } from '../records/state-schema.ts'

const attempting = { returnTo: v.string(), startedAt: v.number() }
const returning = { ...attempting, state: v.exactOptional(v.string()), code: v.string() }

/** What the cookie of an attempt holds. */
export const attemptState: v.GenericSchema<unknown, AttemptState> = v.variant('status', [
  v.object({ status: v.literal('awaiting_consent'), ...attempting, state: v.exactOptional(v.string()) }),
  v.object({ status: v.literal('exchanging'), ...returning }),
  v.object({ status: v.literal('identifying'), ...returning, tokens }),
  v.object({ status: v.literal('completed'), ...returning, account }),
  v.object({
    status: v.literal('failed'),
    ...attempting,
    code: v.picklist([
      'state_mismatch',
      'access_denied',
      'attempt_expired',
      'invalid_callback',
      'code_refused',
    ]),
  }),
])
