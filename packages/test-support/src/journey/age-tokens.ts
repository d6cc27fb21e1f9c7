import type { FakePipedrive } from '@pd/fake-pipedrive'
import { PipedriveOAuth, type TokenStore } from '@pd/oauth-core'

/**
 * Makes the stored tokens of every installation 57 minutes old, so that the next request that reads the record refreshes ahead. For
 * programs whose clock a test cannot move. `origin`: where the fake listens.
 */
export async function ageTokens(
  fake: FakePipedrive,
  {
    origin,
    store,
    secrets,
  }: { readonly origin: string; readonly store: TokenStore; readonly secrets: string[] },
): Promise<void> {
  const { clientId, clientSecret, redirectUri } = fake.app
  const endpoints = { oauth: origin, api: origin }
  const oauth = new PipedriveOAuth({ clientId, clientSecret, redirectUri, endpoints, secrets, store })
  const obtainedAt = Date.now() - 57 * 60_000
  for (const { user, scopes, refreshToken, accessTokens } of fake.installations()) {
    const tokens = { access_token: accessTokens.at(-1), refresh_token: refreshToken, expires_in: 3_600 }
    const account = { companyId: user.companyId, userId: user.id }
    await oauth.adopt(
      { ...tokens, scope: scopes.join(), api_domain: origin },
      { account, obtainedAt, replace: true },
    )
  }
}
