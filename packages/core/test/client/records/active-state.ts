import type { Active } from '../../../src/machine/installation/state.ts'

export const hour = 3_600_000

/** An installation of `1:2` with an access token that has an hour left. */
export function activeState(now: number, generation = 0): Active {
  return {
    status: 'active',
    grantId: 'grant',
    clientId: 'a-client',
    account: { companyId: 1, userId: 2 },
    installedAt: now,
    generation,
    tokens: {
      accessToken: `access-${generation}`,
      refreshToken: `refresh-${generation}`,
      scopes: ['base'],
      apiDomain: 'https://acme.pipedrive.com',
      obtainedAt: now,
      expiresAt: now + hour,
      refreshTokenExpiresAt: now + 60 * 24 * hour,
    },
  }
}
