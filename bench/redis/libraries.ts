import type { InstallationId } from '@pd/oauth-core'
import { Redis } from 'ioredis'
import { pause } from '../figures.ts'
import { idsOf, openClient, type Setup, type TokenResponse } from './scene.ts'

/** A token record that all processes share, as an application would keep it. */
export interface SharedRecord extends TokenResponse {
  /** When the access token expires, in epoch milliseconds. */
  readonly expires_at: number
}

/** Where libraries other than this one keep the record of an installation. */
export const recordKey = (id: InstallationId): string => `record:${id}`

/**
 * Makes the function that gets a token, for one process. What is loaded and kept is as each library's README has it. A process loads
 * one of them alone.
 * `id`: the installation, for those that serve more than one.
 */
export type Library = (setup: Setup) => Promise<(id: InstallationId) => Promise<string | null | undefined>>

export const thisLibrary = 'this library'
export const handWrittenLock = 'a hand-written Redis lock'
const lockPauseMs = 50

const client = { id: 'fake-client-id', secret: 'fake-client-secret' }
const redirectUri = 'http://localhost:3000/pipedrive/callback'

export const libraries: Readonly<Record<string, Library>> = {
  [thisLibrary]: async (setup) => {
    const { oauth } = openClient(setup)
    return (id) => oauth.installation(id).accessToken()
  },

  /** What teams write: a lock with a lifetime, and those that do not get it look again soon. */
  [handWrittenLock]: async ({ port, origin }) => {
    const { redis, load, save } = records(port)
    return async (id) => {
      for (;;) {
        const stored = await load(id)
        if (stored.expires_at > Date.now()) return stored.access_token
        if ((await redis.set(`lock:${id}`, process.pid, 'PX', 10_000, 'NX')) === 'OK') break
        await pause(lockPauseMs)
      }
      try {
        const stored = await load(id)
        if (stored.expires_at > Date.now()) return stored.access_token
        const response = await fetch(`${origin}/oauth/token`, {
          method: 'POST',
          headers: { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` },
          body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: stored.refresh_token }),
        })
        if (!response.ok) throw new Error(`The token endpoint answered ${response.status}`)
        const tokens = (await response.json()) as TokenResponse
        await save({ ...tokens, expires_at: Date.now() + 3_600_000 }, id)
        return tokens.access_token
      } finally {
        await redis.del(`lock:${id}`)
      }
    }
  },

  /** "Register a token update callback to detect any change to the access token." One instance per process. */
  'pipedrive, `OAuth2Configuration`': async ({ port, origin }) => {
    const { OAuth2Configuration } = await import('pipedrive/v2')
    const { load, save } = records(port)
    const oauth2 = new OAuth2Configuration({
      clientId: client.id,
      clientSecret: client.secret,
      redirectUri,
      host: origin,
    })
    // Restoring starts the clock again: a second later the token counts as expired, which is what it is.
    oauth2.updateToken({ ...(await load()), expires_in: 0.001 } as never)
    oauth2.onTokenUpdate = (token) =>
      void save({ ...(token as TokenResponse), expires_at: Date.now() + 3_600_000 })
    await new Promise((resolve) => setTimeout(resolve, 10))
    return () => oauth2.getAccessToken()
  },

  /** "Get back an AccessToken by createToken, determine that it has expired, refresh it." At every call. */
  'simple-oauth2': async ({ port, origin }) => {
    const { AuthorizationCode } = await import('simple-oauth2')
    const { load, save } = records(port)
    const oauth2 = new AuthorizationCode({ client, auth: { tokenHost: origin, tokenPath: '/oauth/token' } })
    return async () => {
      const { expires_in: _, ...stored } = await load()
      let token = oauth2.createToken({ ...stored, expires_at: new Date(stored.expires_at).toISOString() })
      if (token.expired()) {
        token = await token.refresh()
        await save({ ...token.token, expires_at: Date.now() + 3_600_000 })
      }
      return token.token.access_token
    }
  },

  /** "Make sure you always store the most recent tokens: use the `tokens` event." One client per process. */
  'google-auth-library': async ({ port, origin }) => {
    const { ClientAuthentication, OAuth2Client } = await import('google-auth-library')
    const { load, save } = records(port)
    const google = new OAuth2Client({
      clientId: client.id,
      clientSecret: client.secret,
      redirectUri,
      clientAuthentication: ClientAuthentication.ClientSecretBasic,
      endpoints: { oauth2TokenUrl: `${origin}/oauth/token` },
    })
    const stored = await load()
    google.setCredentials({ ...stored, expiry_date: stored.expires_at } as never)
    google.on('tokens', ({ access_token, refresh_token }) => {
      void save({
        ...stored,
        ...(access_token && { access_token }),
        ...(refresh_token && { refresh_token }),
        expires_at: Date.now() + 3_600_000,
      })
    })
    return async () => (await google.getAccessToken()).token
  },

  /** The fetch wrapper with `getStoredToken` and `storeToken`. One per process. */
  '@badgateway/oauth2-client': async ({ port, origin }) => {
    const { OAuth2Client, OAuth2Fetch } = await import('@badgateway/oauth2-client')
    const { load, save } = records(port)
    const oauth2 = new OAuth2Client({
      server: origin,
      clientId: client.id,
      clientSecret: client.secret,
      tokenEndpoint: '/oauth/token',
    })
    const wrapper = new OAuth2Fetch({
      client: oauth2,
      scheduleRefresh: false,
      getNewToken: () => null,
      getStoredToken: async () => {
        const stored = await load()
        return {
          accessToken: stored.access_token,
          refreshToken: stored.refresh_token,
          expiresAt: stored.expires_at,
        } as never
      },
      storeToken: ({ accessToken, refreshToken, expiresAt }) =>
        void save({
          access_token: accessToken,
          refresh_token: refreshToken ?? '',
          expires_in: 3_599,
          expires_at: expiresAt ?? 0,
        }),
    })
    return () => wrapper.getAccessToken()
  },
}

function records(port: number) {
  const redis = new Redis({ port })
  const [first] = idsOf(1) as [InstallationId]
  return {
    redis,
    load: async (id = first) => JSON.parse((await redis.get(recordKey(id))) ?? '') as SharedRecord,
    save: (record: SharedRecord, id = first) => redis.set(recordKey(id), JSON.stringify(record)),
  }
}
