import { describe, expect, test, vi } from 'vitest'
import type { Driver } from '../../../src/client/records/driver.ts'
import type { Records } from '../../../src/client/records/records.ts'
import { AccessTokens } from '../../../src/client/tokens/access-tokens.ts'
import { checkClient } from '../../../src/client/tokens/client-check.ts'
import type { Refreshes } from '../../../src/client/tokens/refreshes.ts'
import type { TokenEndpoint } from '../../../src/client/tokens/token-endpoint.ts'
import type { InstallationEffect } from '../../../src/machine/installation/effect.ts'
import type { TokenAnswer } from '../../../src/protocol/token-answer.ts'
import { settingsOf } from '../settings.ts'
import { runningClock } from './running-clock.ts'

const deliver: InstallationEffect = {
  type: 'deliver',
  accessToken: 'a',
  apiDomain: 'https://a.pipedrive.com',
}
const order = { type: 'refresh' } as unknown as InstallationEffect
const change = (about: object) => ({ type: 'notify', change: about }) as unknown as InstallationEffect
const refreshFailed = (more: object = {}) =>
  change({ type: 'refresh_failed', code: 'token_endpoint_timeout', retryAfterMs: 7, ...more })

/** Tokens over a machine that decides these effects, and a refresh that brings others. */
function createScene(
  effects: readonly InstallationEffect[],
  isThere = true,
  brought: InstallationEffect[] = [],
) {
  const { clock, startAt } = runningClock()
  const settings = { ...settingsOf({ logger: false }), clock }
  const decision = { before: isThere ? { version: 'a', state: undefined } : undefined, effects }
  const [submit, preview] = [vi.fn(async () => decision), vi.fn(async () => decision)]
  const [saveUnsaved, begin] = [vi.fn(async () => {}), vi.fn(async () => brought)]
  const tokens = new AccessTokens(
    settings,
    { submit, preview } as unknown as Driver,
    { saveUnsaved, begin } as unknown as Refreshes,
    {} as Records,
  )
  return { begin, saveUnsaved, startAt, submit, tokens }
}

describe('a keep-alive comes to', () => {
  test.each<[string, InstallationEffect[], object]>([
    ['a refresh', [deliver], { type: 'refreshed' }],
    ['a skip', [{ type: 'pass_by', reason: 'not_due' }], { type: 'skipped', reason: 'not_due' }],
    ['a failure', [{ type: 'fail', code: 'client_rejected' }], { type: 'failed', code: 'client_rejected' }],
    ['a record that is forgotten', [change({ type: 'forgotten' })], { type: 'forgotten' }],
    [
      'a refresh that failed',
      [change({ type: 'adopted' }), refreshFailed()],
      { type: 'failed', code: 'token_endpoint_timeout', retryAfterMs: 7 },
    ],
    [
      'a pause that Pipedrive asks for',
      [refreshFailed(), { type: 'hold_up', ms: 9 }],
      { type: 'failed', retryAfterMs: 7, holdUp: { ms: 9 } },
    ],
    ['nothing, as another process has it', [], { type: 'skipped', reason: 'refreshed_elsewhere' }],
  ])('%s', async (_, effects, kept) => {
    const { begin, saveUnsaved, startAt, submit, tokens } = createScene(effects)
    expect(await tokens.keepAlive('1:2', 5)).toMatchObject(kept)
    expect(saveUnsaved).toHaveBeenCalledWith('1:2', startAt + 5_000)
    expect(submit).toHaveBeenCalledWith('1:2', expect.any(Function), { until: startAt + 5_000 })
    expect(begin).not.toHaveBeenCalled()
    expect(await tokens.foreseeKeepAlive('1:2', 5)).toMatchObject(kept)
  })

  test('what the refresh brings that the machine orders', async () => {
    const { begin, tokens } = createScene([order], true, [deliver])
    expect(await tokens.foreseeKeepAlive('1:2', 5)).toEqual({ type: 'refreshed' })
    expect(begin).not.toHaveBeenCalled()
    expect(await tokens.keepAlive('1:2', 5)).toEqual({ type: 'refreshed' })
    expect(begin).toHaveBeenCalledWith('1:2', order)
    const failing = createScene([order], true, [refreshFailed()])
    expect(await failing.tokens.keepAlive('1:2', 5)).not.toHaveProperty('holdUp')
  })

  test('nothing where there is no record', async () => {
    const { tokens } = createScene([{ type: 'fail', code: 'not_installed' }], false)
    expect(await tokens.keepAlive('1:2', 5)).toEqual({ type: 'absent' })
    expect(await tokens.foreseeKeepAlive('1:2', 5)).toEqual({ type: 'absent' })
  })
})

test('checkClient() tells how long Pipedrive took, and asks with a token that nobody has', async () => {
  const { clock, time } = runningClock()
  const asked = vi.fn(async (_grant: unknown): Promise<TokenAnswer> => {
    time.now += 30
    return { type: 'refused' }
  })
  const endpoint = { tokens: asked } as unknown as TokenEndpoint
  expect(await checkClient(endpoint, { ...settingsOf(), clock })).toEqual({ latencyMs: 30 })
  expect(asked.mock.calls).toEqual([
    [{ type: 'refresh_token', refreshToken: expect.stringMatching(/^check-client-[\w-]{16}$/) }],
  ])
})
