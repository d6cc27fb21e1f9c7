import type { FakePipedrive } from '@pd/fake-pipedrive'
import { memoryStore, type PipedriveOAuthOptions, type TokenStore } from '@pd/oauth-core'
import { redeem } from '../redeem.ts'
import { refuseCallbackAddress } from './refused-codes.ts'

/** What a newcomer, a user or a stranger does in front of an application. */
export interface Visitor {
  readonly fake: FakePipedrive
  /** Moves the clock of the application, in milliseconds. */
  later(ms: number): void
  /** Sends a request to the application; redirects are not followed. */
  send(path: string, init?: RequestInit): Promise<Response>
  /** Consents, and returns the path to come back to, and the cookie of the attempt. */
  consent(): Promise<{ readonly path: string; readonly cookie: string }>
  /** Connects, and returns the session's cookie. */
  connect(): Promise<string>
}

/** A mistake that newcomers make, and the one line that has to tell a stranger what to do. */
export interface Mistake {
  readonly name: string
  /** Options of the client that are wrong, or a world that is. `closed`: an origin where nothing listens. */
  readonly options?: (closed: string, fake: FakePipedrive) => Partial<PipedriveOAuthOptions>
  /** Scopes that the guard of /deals asks for. */
  readonly scopes?: readonly string[]
  /** What happens. Missing: the application does not start. */
  readonly act?: (visitor: Visitor) => Promise<void>
  readonly level: 'error' | 'warn'
  /** What the line says: the code, why, and what to do. */
  readonly says: readonly (string | RegExp)[]
  /** What the command line says of it, or `cannot occur:` and why. */
  readonly atCommandLine: string
}

const html = { headers: { accept: 'text/html' } }

/** Whoever adds a mistake here, adds it to every framework. */
export const mistakes: readonly Mistake[] = [
  {
    name: 'the client secret is another app’s',
    options: () => ({ clientSecret: 'the-secret-of-another-application' }),
    act: callback,
    level: 'error',
    says: [
      'client_rejected',
      'Cause: Pipedrive answered 40',
      'Compare clientId and clientSecret with the Developer Hub',
    ],
    atCommandLine: 'client_rejected',
  },
  {
    name: 'the client secret has a line break in it',
    options: (_, fake) => ({ clientSecret: fake.app.clientSecret.replace('-', '\n') }),
    level: 'error',
    says: ['clientSecret must be the client secret from the Developer Hub'],
    atCommandLine: 'clientSecret must be the client secret from the Developer Hub',
  },
  {
    name: 'the sealing secret is too short',
    options: () => ({ secrets: ['changeme'] }),
    level: 'error',
    says: ['secrets'],
    atCommandLine: 'cannot occur: the command line makes its own',
  },
  {
    name: 'the callback address is http on a public host',
    options: () => ({ redirectUri: 'http://app.example.com/pipedrive/callback' }),
    level: 'error',
    says: ['redirectUri must be the callback address as registered: an https address'],
    atCommandLine: 'must be the registered callback address',
  },
  {
    name: 'an option is misspelled',
    options: () => ({ clientID: 'x' }) as never,
    level: 'error',
    says: ['clientID'],
    atCommandLine: 'unknown option',
  },
  {
    name: 'the callback address differs from the one in the Developer Hub',
    act: async (visitor) => {
      refuseCallbackAddress(visitor.fake)
      await callback(visitor)
    },
    level: 'error',
    says: [
      'request_rejected',
      'redirect_uri is invalid',
      'Compare redirectUri with the callback address in the Developer Hub',
    ],
    atCommandLine: 'request_rejected',
  },
  {
    name: 'nothing listens where the store should be',
    options: (closed) => ({ store: storeThatAsks(() => fetch(closed)) }),
    act: callback,
    level: 'error',
    says: ['store_unavailable', /Cause: .*ECONNREFUSED 127\.0\.0\.1:\d+/, 'Check that the store runs'],
    atCommandLine: 'store_unavailable',
  },
  {
    name: 'the store does not let this user in',
    options: () => ({
      store: storeThatAsks(async () => {
        throw Object.assign(new Error('WRONGPASS invalid username-password pair or user is disabled.'), {
          command: { name: 'auth', args: ['a-secret-password'] },
        })
      }),
    }),
    act: callback,
    level: 'error',
    says: ['store_unavailable', 'Cause: WRONGPASS invalid', 'can reach it and sign in'],
    atCommandLine: 'cannot occur: in a form of its own, see the store that does not listen',
  },
  replacedSealingSecret(),
  {
    name: 'the clock of the machine jumps, so the user sees the consent page once more',
    act: async ({ consent, later, send }) => {
      const { path, cookie } = await consent()
      later(3 * 3_600_000)
      await send(path, { headers: { cookie } })
    },
    level: 'warn',
    says: ['attempt_expired', 'compare this machine’s clock'],
    atCommandLine: 'cannot occur: an attempt there waits for the login; `doctor` compares the clock',
  },
  {
    name: 'users begin on another host than the callback’s, so the cookie is not there',
    act: async ({ consent, send }) => void (await send((await consent()).path, html)),
    level: 'warn',
    says: ['state_mismatch', 'users must begin on the same host that redirectUri names'],
    atCommandLine: 'state_mismatch',
  },
  {
    name: 'the app in the Developer Hub lacks a scope',
    scopes: ['products:full'],
    act: async ({ connect, send }) => {
      await send('/deals', { headers: { cookie: await connect() } })
    },
    level: 'warn',
    says: ['scopes_missing', 'products:full', 'Add the scopes to the app in the Developer Hub'],
    atCommandLine: 'cannot occur: the scopes of the command line are only reported',
  },
  {
    name: 'the machine cannot reach Pipedrive',
    options: (closed) => ({ fetch: () => fetch(closed) }),
    act: callback,
    level: 'error',
    says: [
      'token_endpoint_unavailable',
      /Cause: .*ECONNREFUSED 127\.0\.0\.1:\d+/,
      'Check that this machine reaches',
    ],
    atCommandLine: 'token_endpoint_unavailable',
  },
  {
    name: 'a proxy answers in Pipedrive’s place',
    act: async (visitor) => {
      visitor.fake.faults.add({ endpoint: 'token', fault: { type: 'html', status: 200 } })
      await callback(visitor)
    },
    level: 'error',
    says: ['malformed_response', 'Check for a proxy that changes answers'],
    atCommandLine: 'malformed_response',
  },
  {
    name: 'the app lacks the scope to ask who connected',
    act: async (visitor) => {
      const refused = { success: false, error: 'Scope and URL mismatch' }
      for (let times = 0; times < 5; times++)
        visitor.fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 403, body: refused } })
      await callback(visitor)
    },
    level: 'error',
    says: [
      'identity_unavailable',
      'Cause: Pipedrive answered 403 Scope and URL mismatch',
      'the scope `base`',
    ],
    atCommandLine: 'identity_unavailable',
  },
  {
    name: 'a proxy removes the header of an uninstall notice',
    act: async ({ send, fake }) => void (await send(pathOf(fake), { method: 'DELETE', body: '{}' })),
    level: 'warn',
    says: ['bad_credentials', 'a proxy removes the Authorization header'],
    atCommandLine: 'cannot occur: the command line gets no notices',
  },
  {
    name: 'a notice is malformed',
    act: async ({ send, fake }) => {
      const { clientId, clientSecret } = fake.app
      const headers = { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` }
      await send(pathOf(fake), { method: 'DELETE', body: 'company=1', headers })
    },
    level: 'warn',
    says: ['malformed_notice', 'a proxy or a body parser changed the body'],
    atCommandLine: 'cannot occur: the command line gets no notices',
  },
  {
    name: 'a link leads to the install page with a whole address to return to',
    act: async ({ send }) => void (await send('/pipedrive/install?returnTo=https://app.example.com/deals')),
    level: 'warn',
    says: ['foreign_return_to', 'Pass a path of this application as returnTo'],
    atCommandLine: 'cannot occur: the command line returns to no page',
  },
  {
    name: 'a disconnect comes from a page of another site',
    act: async ({ send }) => {
      await send('/pipedrive/disconnect', { method: 'POST', headers: { origin: 'https://evil.example' } })
    },
    level: 'warn',
    says: ['cross_site_request', 'this application’s own pages'],
    atCommandLine: 'cannot occur: the command line has no pages',
  },
  {
    name: 'a callback is opened again in another process',
    act: async ({ consent, send, fake }) => {
      const { path, cookie } = await consent()
      await redeem(fake, new URL(path, fake.app.redirectUri))
      await send(path, { headers: { cookie } })
    },
    level: 'warn',
    says: ['code_refused', 'authorization code is invalid', 'a code that was used twice'],
    atCommandLine: 'code_refused',
  },
]

async function callback({ consent, send }: Visitor): Promise<void> {
  const { path, cookie } = await consent()
  await send(path, { headers: { ...html.headers, cookie } })
}

function pathOf(fake: FakePipedrive): string {
  return new URL(fake.app.redirectUri).pathname
}

/** A store that asks a server before it answers. */
function storeThatAsks(ask: () => Promise<unknown>): TokenStore {
  const { get, compareAndSet } = memoryStore()
  return {
    get: async (id) => {
      await ask()
      return get(id)
    },
    compareAndSet: async (...parameters) => {
      await ask()
      return compareAndSet(...parameters)
    },
  }
}

/** The records of the store were sealed with a secret that nobody has any more. */
function replacedSealingSecret(): Mistake {
  let isReplaced = false
  const store = (): TokenStore => {
    isReplaced = false
    const { get, compareAndSet } = memoryStore()
    const head = Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A256GCM', kid: 'of-another-secret' }))
    return {
      get: async (id) => {
        const record = await get(id)
        if (record === undefined || !isReplaced) return record
        return { version: 'another', value: record.value.replace(/^[^.]+/, head.toString('base64url')) }
      },
      compareAndSet,
    }
  }
  return {
    name: 'the sealing secret was replaced',
    options: () => ({ store: store() }),
    act: async ({ send, connect, later }) => {
      const cookie = await connect()
      isReplaced = true
      later(60_000)
      await send('/deals', { headers: { cookie } })
    },
    level: 'error',
    says: ['unknown_key', 'Put the earlier sealing secret back'],
    atCommandLine: 'unknown_key',
  }
}
