import type { FakePipedrive } from '@pd/fake-pipedrive'

/** Pipedrive's token response for a user of the fake, who gives consent. */
export async function tokenResponse(fake: FakePipedrive, user: string): Promise<unknown> {
  const url = new URL(await fake.approve(fake.authorizeUrl(), { user }))
  const response = await fake.fetch('https://oauth.pipedrive.com/oauth/token', {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${fake.app.clientId}:${fake.app.clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: url.searchParams.get('code') ?? '',
      redirect_uri: fake.app.redirectUri,
    }),
  })
  return response.json()
}
