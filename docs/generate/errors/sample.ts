import { createHmac } from 'node:crypto'
import { memoryStore, PipedriveOAuth, type PipedriveOAuthOptions } from '@pd/oauth-core'

const clientId = 'your-client-id'
const clientSecret = 'your-client-secret'
const origin = 'https://app.example.com'
const now = Date.UTC(2027, 0, 1)

/** How an error of each code comes about, and in answer to which request an application usually meets it. */
export interface Sample {
  /** Returns the error, as the library makes it. */
  readonly error: () => unknown
  /** The request. Default: none, because it is thrown at the start or in a job. */
  readonly request?: Request | undefined
  /** Whether it is a request for one of the routes. Default: false. */
  readonly isRoute?: boolean | undefined
}

/** A client whose requests fail and whose clock stands still. */
export function sampleClient(options: Partial<PipedriveOAuthOptions> = {}): PipedriveOAuth {
  return new PipedriveOAuth({
    clientId,
    clientSecret,
    redirectUri: `${origin}/pipedrive/callback`,
    secrets: ['a-sealing-secret-of-at-least-32-characters'],
    clock: () => now,
    fetch: () => Promise.reject(new TypeError('fetch failed')),
    logger: false,
    ...options,
  })
}

/** A client over a store with one installation. */
export async function connectedClient(options: Partial<PipedriveOAuthOptions> = {}) {
  const store = memoryStore()
  const tokens = {
    access_token: 'a',
    refresh_token: 'r',
    expires_in: 3_600,
    api_domain: 'https://acme.pipedrive.com',
  }
  await sampleClient({ store }).adopt(tokens, {
    account: { companyId: 123, userId: 456 },
    obtainedAt: now,
  })
  return {
    oauth: sampleClient({ store, ...options }),
    store,
    installation: sampleClient({ store, ...options }).installation('123:456'),
  }
}

/** Returns what a function throws. */
export async function thrownBy(run: () => unknown): Promise<unknown> {
  try {
    await run()
  } catch (error) {
    return error
  }
  throw new Error('No error was thrown.')
}

export function onRoute(error: () => unknown, path = 'GET callback', headers?: HeadersInit): Sample {
  const [method = '', name = ''] = path.split(' ')
  return {
    error,
    request: new Request(`${origin}/pipedrive/${name}`, { method, ...(headers && { headers }) }),
    isRoute: true,
  }
}

export function onPage(error: () => unknown): Sample {
  return { error, request: new Request(`${origin}/deals`) }
}

/** The uninstall notice of Pipedrive, with or without the app's credentials. */
export function uninstallNotice(isOurs: boolean, body: object): Request {
  const authorization = `Basic ${btoa(`${clientId}:${isOurs ? clientSecret : 'another'}`)}`
  return new Request(`${origin}/pipedrive/callback`, {
    method: 'DELETE',
    headers: { authorization },
    body: JSON.stringify(body),
  })
}

/** The token of an extension page, which expired an hour before the client's time. */
export function expiredExtensionToken(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { companyId: 123, userId: 456, exp: (now - 3_600_000) / 1_000 }
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${signed}.${createHmac('sha256', clientSecret).update(signed).digest('base64url')}`
}
