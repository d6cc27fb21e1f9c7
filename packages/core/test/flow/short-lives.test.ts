import { describe, expect, test } from 'vitest'
import type { PipedriveOAuthOptions } from '../../src/index.ts'
import { ada, createScene, hour, minute, second } from './scene.ts'

type Policy = PipedriveOAuthOptions['policy']

const calls = 60

/** How many refreshes these calls make, evenly over the life of one token. */
async function refreshesOver(accessTokenLifetimeMs: number, policy: Policy) {
  const { client, clock, connect, fake, refreshes } = createScene({ accessTokenLifetimeMs })
  const oauth = client({ policy })
  await connect(oauth)
  for (let call = 0; call < calls; call++) {
    expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
    await oauth.settled()
    await clock.advance(accessTokenLifetimeMs / calls)
  }
  return refreshes()
}

describe('60 calls refresh at most twice in the life of a token', () => {
  test.each<[lifetimeMs: number, policy: Policy]>([
    ...[2, 4, 5, 6, 10, 59, 60].map((minutes): [number, Policy] => [minutes * minute, {}]),
    ...[hour - second, hour, 2 * hour, 90 * 24 * hour].map((refreshAheadMs): [number, Policy] => [
      hour,
      { refreshAheadMs },
    ]),
    [5 * minute, { refreshAheadMs: hour, minimumValidityMs: minute }],
    [hour, { refreshAheadMs: 0 }],
    [hour, { refreshAheadMs: hour, minimumValidityMs: 25 * minute }],
  ])('of %i ms, with the policy %o', async (lifetimeMs, policy) => {
    expect(await refreshesOver(lifetimeMs, policy)).toBeLessThanOrEqual(2)
  })
})
