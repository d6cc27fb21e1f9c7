import { createFakePipedrive, type FakePipedrive, type FakePipedriveOptions } from '@pd/fake-pipedrive'
import { PipedriveOAuth, type InstallationId, type PipedriveOAuthOptions } from '@pd/oauth-core'
import { redisStore, type RedisStore } from '@pd/oauth-redis'
import { Redis } from 'ioredis'

/** What a process needs to know to take part in a benchmark. */
export interface Setup {
  readonly port: number
  readonly prefix: string
  readonly origin: string
  readonly policy?: PipedriveOAuthOptions['policy']
}

export interface Client {
  readonly redis: Redis
  readonly store: RedisStore
  readonly oauth: PipedriveOAuth
}

export function openClient(setup: Setup, overrides: Partial<PipedriveOAuthOptions> = {}): Client {
  const redis = new Redis({ port: setup.port })
  const store = redisStore(redis, { prefix: setup.prefix })
  const oauth = new PipedriveOAuth({
    clientId: 'fake-client-id',
    clientSecret: 'fake-client-secret',
    redirectUri: 'http://localhost:3000/pipedrive/callback',
    secrets: ['a-secret-for-the-benchmark-0123456789'],
    endpoints: { oauth: setup.origin, api: setup.origin },
    policy: setup.policy ?? {},
    store,
    ...overrides,
  })
  return { redis, store, oauth }
}

export const idsOf = (count: number): InstallationId[] =>
  Array.from(
    { length: count },
    (_, index): InstallationId => `${1_000 + Math.floor(index / 20)}:${index + 1}`,
  )

/** A fake Pipedrive on a socket, with so many users. */
export async function startFake(users: number, options: FakePipedriveOptions = {}) {
  const fake = createFakePipedrive({
    users: idsOf(users).map((id) => ({ id: accountOf(id).userId, companyId: accountOf(id).companyId })),
    ...options,
  })
  return { fake, origin: (await fake.listen()).origin }
}

/** Installs users whose tokens were obtained so long ago. */
export async function install(
  oauth: PipedriveOAuth,
  fake: FakePipedrive,
  ids: readonly InstallationId[],
  agoMs = 0,
): Promise<void> {
  for (const id of ids) {
    const response = await tokenResponse(fake, id)
    await oauth.adopt(response, { obtainedAt: Date.now() - agoMs, account: accountOf(id) })
  }
}

export interface TokenResponse {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_in: number
}

export async function tokenResponse(fake: FakePipedrive, id: InstallationId): Promise<TokenResponse> {
  const callback = new URL(await fake.approve(fake.authorizeUrl(), { user: id }))
  const response = await fake.fetch('https://oauth.pipedrive.com/oauth/token', {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${fake.app.clientId}:${fake.app.clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: fake.app.redirectUri,
    }),
  })
  return (await response.json()) as TokenResponse
}

function accountOf(id: InstallationId): { companyId: number; userId: number } {
  const [companyId, userId] = id.split(':').map(Number) as [number, number]
  return { companyId, userId }
}
