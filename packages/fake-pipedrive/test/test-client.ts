import type { FakePipedrive, UserRef } from '../src/index.ts'

export interface TokenAnswer {
  readonly access_token: string
  readonly token_type: string
  readonly expires_in: number
  readonly refresh_token: string
  readonly scope: string
  readonly api_domain: string
}

/** A minimal app: it gets consent, exchanges codes, refreshes and calls the API with the `fetch` it is given. */
export interface TestClient {
  code(user?: UserRef): Promise<string>
  token(form: Record<string, string>, headers?: HeadersInit): Promise<Response>
  install(user?: UserRef): Promise<TokenAnswer>
  refresh(refreshToken: string, signal?: AbortSignal): Promise<Response>
  revoke(form: Record<string, string>): Promise<Response>
  api(
    tokens: Pick<TokenAnswer, 'access_token' | 'api_domain'>,
    path: string,
    init?: RequestInit,
  ): Promise<Response>
}

export function createTestClient(
  fake: FakePipedrive,
  {
    fetch = fake.fetch,
    origin = 'https://oauth.pipedrive.com',
  }: { fetch?: typeof globalThis.fetch; origin?: string } = {},
): TestClient {
  const basic = () => `Basic ${btoa(`${fake.app.clientId}:${fake.app.clientSecret}`)}`
  const post = (path: string, form: Record<string, string>, headers: HeadersInit, signal?: AbortSignal) =>
    fetch(`${origin}${path}`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(form),
      ...(signal && { signal }),
    })

  const client: TestClient = {
    async code(user) {
      const callbackUrl = await fake.approve(fake.authorizeUrl({ state: 'state' }), { user })
      return new URL(callbackUrl).searchParams.get('code')!
    },
    token: (form, headers = { authorization: basic() }) => post('/oauth/token', form, headers),
    async install(user) {
      const code = await client.code(user)
      const answer = await client.token({
        grant_type: 'authorization_code',
        code,
        redirect_uri: fake.app.redirectUri,
      })
      return (await answer.json()) as TokenAnswer
    },
    refresh: (refresh_token, signal) =>
      post(
        '/oauth/token',
        { grant_type: 'refresh_token', refresh_token },
        { authorization: basic() },
        signal,
      ),
    revoke: (form) => post('/oauth/revoke', form, { authorization: basic() }),
    api: ({ access_token, api_domain }, path, init) =>
      fetch(`${api_domain}${path}`, {
        ...init,
        headers: { ...init?.headers, authorization: `Bearer ${access_token}` },
      }),
  }
  return client
}

/** Returns the JSON body of a response. */
export async function jsonOf<Body = Record<string, unknown>>(
  answer: Response | Promise<Response>,
): Promise<Body> {
  return (await (await answer).json()) as Body
}
