import type { Health, HealthProblem, PipedriveOAuth } from '@pd/oauth-core'
import { expect, test, vi } from 'vitest'
import { PipedriveHealthIndicator } from '../src/index.ts'

const well: Health = { status: 'ok', problems: [], store: { isReachable: true }, unsaved: 0 }

/** Asks with a client of this health. */
async function healthOf(parts: Partial<Health>) {
  const health = vi.fn(async () => ({ ...well, ...parts }))
  const indicator = new PipedriveHealthIndicator({ health } as unknown as PipedriveOAuth)
  const answer = await indicator.isHealthy('crm', { timeoutMs: 500 })
  expect(health).toHaveBeenCalledExactlyOnceWith({ timeoutMs: 500 })
  return answer
}

const problem = (code: HealthProblem['code']): HealthProblem => ({ code, found: 'something', action: 'act' })

test('numbers that the store cannot tell are missing, not undefined', async () => {
  expect(await healthOf({})).toStrictEqual({ crm: { status: 'up', unsaved: 0, problems: [] } })
})

test('everything that the client knows is told', async () => {
  const known = { unsaved: 1, overdue: 2, watch: 'standing', problems: [problem('unsaved_tokens')] } as const
  const store = { isReachable: true, latencyMs: 3 }
  expect(
    await healthOf({ ...known, status: 'degraded', store, attention: { count: 4, share: 0.1 } }),
  ).toEqual({ crm: { ...known, status: 'up', latencyMs: 3, attention: 4 } })
})

test.each<[string, Partial<Health>, 'up' | 'down']>([
  [
    'up with problems of another kind',
    { status: 'degraded', problems: [problem('keep_alive_overdue')] },
    'up',
  ],
  [
    'down when too many need attention, beside another problem',
    { status: 'degraded', problems: [problem('clock_off'), problem('attention_needed')] },
    'down',
  ],
  [
    'down when the store does not answer',
    { status: 'failed', problems: [problem('store_unavailable')] },
    'down',
  ],
])('it is %s', async (_what, parts, status) => {
  expect((await healthOf(parts)).crm).toMatchObject({ status, problems: parts.problems })
})
