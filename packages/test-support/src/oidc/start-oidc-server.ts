import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { InstallationId } from '@pd/oauth-core'
import { Provider, type Configuration, type KoaContextWithOIDC } from 'oidc-provider'

/** An authorization server that nobody here wrote, in Pipedrive's clothes. */
export interface OidcServer extends AsyncDisposable {
  readonly origin: string
  /** The grant types of the token requests so far, each with its status. */
  readonly tokenRequests: readonly { readonly grantType: unknown; readonly status: number }[]
  /** How often a refresh token that was used before has been sent again, which ends its grant. */
  readonly reuses: number
  /** Signs a user in, consents, and resolves to the callback address. */
  approve(authorizationUrl: string, user: InstallationId): Promise<string>
  /** Ends every grant of a user, as an administrator would. */
  endGrants(user: InstallationId): Promise<void>
  /** Whether the server accepts an access token. */
  accepts(accessToken: string): Promise<boolean>
}

const client = {
  client_id: 'fake-client-id',
  client_secret: 'fake-client-secret',
  redirect_uris: ['http://localhost:3000/pipedrive/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
} as const

/**
 * Starts panva's `oidc-provider`, which rotates refresh tokens and ends a grant whose used refresh token comes again. A shim
 * makes up for what Pipedrive does differently: the paths, `response_type` and scopes that the app leaves out of the address
 * of the consent page, `api_domain` in token responses, and `users/me`.
 */
export async function startOidcServer({
  accessTokenLifetimeSeconds = 3_600,
  latencyMs = 0,
} = {}): Promise<OidcServer> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const grants = new Map<InstallationId, string[]>()
  const tokenRequests: { grantType: unknown; status: number }[] = []
  let reuses = 0

  const provider = new Provider(origin, configuration(accessTokenLifetimeSeconds))
  // A grant that its app revokes ends, too.
  provider.on('grant.revoked', ({ path }) => void (reuses += path === '/oauth/token' ? 1 : 0))

  provider.use(async (ctx, next) => {
    if (ctx.path === '/api/v1/users/me') return usersMe(provider, ctx)
    if (ctx.path.startsWith('/interaction/')) {
      const { params } = await provider.interactionDetails(ctx.req, ctx.res)
      const user = params['login_hint'] as InstallationId
      const grant = new provider.Grant({ accountId: user, clientId: client.client_id })
      grant.addOIDCScope('base deals:full')
      const grantId = await grant.save()
      grants.set(user, [...(grants.get(user) ?? []), grantId])
      const result = { login: { accountId: user }, consent: { grantId } }
      return provider.interactionFinished(ctx.req, ctx.res, result)
    }
    if (ctx.path === '/oauth/authorize' && ctx.query['client_id'] !== undefined)
      ctx.query = { ...ctx.query, response_type: 'code', scope: 'base deals:full', prompt: 'login consent' }
    if (ctx.path === '/oauth/token' && latencyMs > 0) await new Promise((go) => setTimeout(go, latencyMs))
    await next()
    if (ctx.path !== '/oauth/token') return
    const { oidc } = ctx as KoaContextWithOIDC
    tokenRequests.push({ grantType: oidc.params?.['grant_type'], status: ctx.status })
    if (ctx.status === 200) ctx.body = { ...(ctx.body as object), api_domain: origin }
  })
  server.on('request', provider.callback())

  return {
    origin,
    tokenRequests,
    get reuses() {
      return reuses
    },
    approve: (url, user) => followToCallback(`${url}&login_hint=${user}`),
    async endGrants(user) {
      for (const grantId of grants.get(user) ?? []) {
        await provider.RefreshToken.revokeByGrantId(grantId)
        await provider.AccessToken.revokeByGrantId(grantId)
        await (await provider.Grant.find(grantId))?.destroy()
      }
    },
    accepts: async (accessToken) => (await provider.AccessToken.find(accessToken)) !== undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function configuration(accessTokenLifetimeSeconds: number): Configuration {
  return {
    clients: [
      {
        ...client,
        grant_types: [...client.grant_types],
        redirect_uris: [...client.redirect_uris],
        response_types: ['code'],
      },
    ],
    routes: { authorization: '/oauth/authorize', token: '/oauth/token', revocation: '/oauth/revoke' },
    scopes: ['base', 'deals:full'],
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: async () => true },
    },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    pkce: { required: () => false },
    issueRefreshToken: async () => true,
    expiresWithSession: async () => false,
    rotateRefreshToken: true,
    cookies: { keys: ['key-of-the-cookies-of-a-test'] },
    ttl: {
      AccessToken: accessTokenLifetimeSeconds,
      AuthorizationCode: 300,
      Grant: 86_400,
      Interaction: 300,
      RefreshToken: 86_400,
      Session: 300,
    },
  }
}

async function usersMe(
  provider: Provider,
  ctx: { get(name: string): string; status: number; body: unknown },
): Promise<void> {
  const token = await provider.AccessToken.find(ctx.get('authorization').replace('Bearer ', ''))
  if (token === undefined) {
    ctx.status = 401
    ctx.body = { success: false }
    return
  }
  const [companyId, id] = token.accountId.split(':').map(Number)
  ctx.body = { success: true, data: { id, company_id: companyId, name: 'Ada' } }
}

/** Follows redirects with cookies, as a browser does, until they leave the server. */
async function followToCallback(start: string): Promise<string> {
  const { origin } = new URL(start)
  const cookies = new Map<string, string>()
  for (let url = new URL(start), hops = 0; hops < 10; hops++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
    const location = response.headers.get('location')
    if (location === null) throw new Error(`${response.status}: ${await response.text()}`)
    await response.body?.cancel()
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (name !== undefined) cookies.set(name, value ?? '')
    }
    url = new URL(location, url)
    if (url.origin !== origin) return url.href
  }
  throw new Error('The authorization server redirects without end')
}
