import type { FakePipedrive } from '@pd/fake-pipedrive'

/** Sends the code of a callback to the token endpoint, as another process of the application does. */
export function redeem(
  fake: FakePipedrive,
  callback: URL,
  redirectUri: string = fake.app.redirectUri,
): Promise<Response> {
  return fake.fetch('https://oauth.pipedrive.com/oauth/token', {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${fake.app.clientId}:${fake.app.clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
    }),
  })
}
