import { inspect } from 'node:util'
import { manualClock } from '@pd/fake-pipedrive'
import { describe, expect, test } from 'vitest'
import {
  ApiError,
  CallbackError,
  ConfigurationError,
  ForbiddenRequestError,
  InvalidArgumentError,
  memoryStore,
  PipedriveOAuth,
  PipedriveOAuthError,
  ReauthorizationRequiredError,
  StoreError,
  TokenEndpointError,
  type OAuthEvent,
  type PipedriveOAuthOptions,
} from '../src/index.ts'
import type * as errorClasses from '../src/errors.ts'
import type { KnownErrorCode } from '../src/errors.ts'

/** Every code, with who must act. The compiler reports a missing one. */
const byCode: Record<KnownErrorCode, PipedriveOAuthError> = {
  invalid_configuration: new ConfigurationError(['clientId is missing']),
  unsupported_by_store: new ConfigurationError(['keepAlive() needs due'], 'unsupported_by_store'),
  code_missing: new ConfigurationError(['The code for health() cannot be loaded.'], 'code_missing'),
  invalid_argument: new InvalidArgumentError('reseal()', ['concurrency must be at least 1']),
  state_mismatch: new CallbackError('state_mismatch'),
  access_denied: new CallbackError('access_denied'),
  attempt_expired: new CallbackError('attempt_expired'),
  invalid_callback: new CallbackError('invalid_callback'),
  code_refused: new CallbackError('code_refused'),
  unexpected_account: new CallbackError('unexpected_account'),
  link_expired: new CallbackError('link_expired'),
  not_installed: new ReauthorizationRequiredError('not_installed', '1:2'),
  not_signed_in: new ReauthorizationRequiredError('not_signed_in'),
  reauthorization_required: new ReauthorizationRequiredError('reauthorization_required', '1:2'),
  scopes_missing: new ReauthorizationRequiredError('scopes_missing', '1:2', {
    missingScopes: ['deals:full'],
  }),
  token_endpoint_unavailable: new TokenEndpointError('token_endpoint_unavailable'),
  token_endpoint_timeout: new TokenEndpointError('token_endpoint_timeout'),
  malformed_response: new TokenEndpointError('malformed_response'),
  request_rejected: new TokenEndpointError('request_rejected'),
  client_rejected: new TokenEndpointError('client_rejected'),
  refresh_pending: new TokenEndpointError('refresh_pending'),
  identity_unavailable: new TokenEndpointError('identity_unavailable'),
  api_unavailable: new ApiError(),
  store_unavailable: new StoreError('store_unavailable', 'The store is away.'),
  unreadable_record: new StoreError('unreadable_record', 'It is damaged.'),
  secrets_unavailable: new StoreError('secrets_unavailable', 'The key service is away.'),
  unknown_key: new StoreError('unknown_key', 'Its secret is not among secrets.'),
  bad_signature: new ForbiddenRequestError('bad_signature', 'Not signed by a known secret.'),
  extension_token_expired: new ForbiddenRequestError('extension_token_expired', 'Reload the panel.'),
  bad_credentials: new ForbiddenRequestError('bad_credentials', 'Not the app’s own.'),
  foreign_origin: new ForbiddenRequestError('foreign_origin', 'Not an address of Pipedrive’s.'),
  foreign_return_to: new ForbiddenRequestError('foreign_return_to', 'Not a path of ours.'),
  cross_site_request: new ForbiddenRequestError('cross_site_request', 'Not a page of ours.'),
  malformed_notice: new ForbiddenRequestError('malformed_notice', 'Not a notice.'),
}

const errors = Object.values(byCode)

describe('Every error', () => {
  test.each(Object.entries(byCode))('%s exists once, and is one of this library’s', (code, error) => {
    expect(error.code).toBe(code)
    expect(error).toBeInstanceOf(PipedriveOAuthError)
    expect(error).toBeInstanceOf(Error)
    expect(error.name).toBe(error.constructor.name)
    expect(String(error)).toBe(`${error.name}: ${error.message}`)
    expect(error.stack).toContain('errors.test.ts')
  })

  test('has a message of its own, in sentences', () => {
    expect(new Set(errors.map(({ message }) => message)).size).toBe(errors.length)
    for (const { message } of errors) expect(message.length).toBeGreaterThan(10)
  })

  test('has a status that says who must act', () => {
    const statuses = Object.fromEntries(errors.map(({ code, status }) => [code, status]))
    expect(statuses).toEqual({
      invalid_configuration: 500,
      unsupported_by_store: 500,
      code_missing: 500,
      invalid_argument: 500,
      state_mismatch: 400,
      access_denied: 403,
      attempt_expired: 400,
      invalid_callback: 400,
      code_refused: 400,
      unexpected_account: 403,
      link_expired: 400,
      not_installed: 401,
      not_signed_in: 401,
      reauthorization_required: 401,
      scopes_missing: 403,
      token_endpoint_unavailable: 503,
      token_endpoint_timeout: 503,
      malformed_response: 503,
      request_rejected: 500,
      client_rejected: 500,
      refresh_pending: 503,
      identity_unavailable: 503,
      api_unavailable: 503,
      store_unavailable: 503,
      unreadable_record: 500,
      unknown_key: 500,
      secrets_unavailable: 503,
      bad_signature: 401,
      bad_credentials: 401,
      extension_token_expired: 401,
      foreign_origin: 403,
      foreign_return_to: 403,
      cross_site_request: 403,
      malformed_notice: 400,
    })
  })

  test('names its page in the documentation', () => {
    for (const error of errors) expect(error.docs).toBe(`/reference/errors/${error.code}`)
  })

  test('is retryable if the same call may succeed later by itself', () => {
    expect(errors.filter(({ retryable }) => retryable).map(({ code }) => code)).toEqual([
      'token_endpoint_unavailable',
      'token_endpoint_timeout',
      'malformed_response',
      'refresh_pending',
      'identity_unavailable',
      'api_unavailable',
      'store_unavailable',
      'secrets_unavailable',
    ])
    for (const { retryable, status } of errors) expect(retryable).toBe(status === 503)
  })

  test('has the details that it was given, and no other properties', () => {
    const cause = new Error('cause')
    expect(new TokenEndpointError('client_rejected', { retryAfterMs: 5, cause })).toMatchObject({
      retryAfterMs: 5,
      cause,
    })
    for (const retryAfterMs of [Number.NaN, Infinity, '5' as never, null as never])
      expect(new StoreError('store_unavailable', 'x', { retryAfterMs }).retryAfterMs).toBeUndefined()
    expect(new StoreError('store_unavailable', 'x', { retryAfterMs: -1 }).retryAfterMs).toBe(0)
    expect(new StoreError('store_unavailable', 'x', { cause }).cause).toMatchObject({
      name: 'Error',
      message: 'cause',
    })
    expect(new CallbackError('access_denied', { returnTo: '/x' }).returnTo).toBe('/x')
    expect(new ReauthorizationRequiredError('not_installed', '1:2')).toMatchObject({ installationId: '1:2' })
    for (const error of errors) expect(Object.hasOwn(error, 'cause')).toBe(false)
  })
})

/** Imports the errors once more, as a program has them that both imports and requires the library. */
async function importCopy(): Promise<typeof errorClasses> {
  return (await import('../src/errors.ts?copy' as string)) as typeof errorClasses
}

describe('instanceof', () => {
  test('F85 recognizes the errors of another copy of the library', async () => {
    const copy = await importCopy()
    expect(copy.StoreError).not.toBe(StoreError)
    const error = new copy.StoreError('store_unavailable', 'x')
    expect(error).toBeInstanceOf(StoreError)
    expect(error).toBeInstanceOf(PipedriveOAuthError)
    expect(error).not.toBeInstanceOf(TokenEndpointError)
    expect(new StoreError('store_unavailable', 'x')).toBeInstanceOf(copy.PipedriveOAuthError)
  })

  test('F85 tells classes that others derive from ours', async () => {
    class OwnError extends StoreError {}
    const copy = await importCopy()
    expect(new OwnError('store_unavailable', 'x')).toBeInstanceOf(copy.StoreError)
    expect(new OwnError('store_unavailable', 'x')).toBeInstanceOf(OwnError)
    expect(new StoreError('store_unavailable', 'x')).not.toBeInstanceOf(OwnError)
  })

  test.each([
    undefined,
    null,
    'text',
    1,
    {},
    Object.create(null),
    Object.create(Object.create(null)),
    new Error('x'),
  ])('is false for %s', (value) => {
    expect(value instanceof PipedriveOAuthError).toBe(false)
    expect(value instanceof StoreError).toBe(false)
  })
})

describe('F32 nothing that can be shown of', () => {
  const hidden = {
    clientSecret: 'hidden-client-secret',
    sealing: 'hidden-sealing-secret-of-32-characters',
    access: 'hidden-access-token',
    refresh: 'hidden-refresh-token',
    code: 'hidden-authorization-code',
    apiToken: 'hidden-api-token',
  }
  const response = {
    access_token: hidden.access,
    refresh_token: hidden.refresh,
    token_type: 'Bearer',
    expires_in: 1,
    scope: 'base',
    api_domain: 'https://acme.pipedrive.com',
  }

  function client(options: Partial<PipedriveOAuthOptions> = {}) {
    const events: OAuthEvent[] = []
    const oauth = new PipedriveOAuth({
      clientId: 'a-client',
      clientSecret: hidden.clientSecret,
      redirectUri: 'https://app.example.com/callback',
      secrets: [hidden.sealing],
      clock: manualClock(),
      policy: { requestsPerRefresh: 1 },
      onEvent: (event) => void events.push(event),
      ...options,
    })
    return { oauth, events }
  }

  function everythingShownOf(value: unknown): string {
    const seen = inspect(value, { depth: Infinity, showHidden: true, getters: true })
    const stack = value instanceof Error ? `${value.stack} ${value.message} ${String(value)}` : ''
    return `${seen} ${stack} ${JSON.stringify(value)}`
  }

  /** A network whose errors and answers repeat what was sent. */
  const echoes: readonly [what: string, fetch: typeof globalThis.fetch][] = [
    ['fails', (_input, init) => Promise.reject(new Error(`could not send ${inspect(init)}`))],
    ['answers with a page', async (_input, init) => new Response(`<html>${inspect(init)}`, { status: 502 })],
    [
      'refuses',
      async (_input, init) =>
        Response.json({ error: 'invalid_grant', message: inspect(init) }, { status: 400 }),
    ],
    [
      'rejects',
      async (_input, init) =>
        Response.json({ error: 'invalid_client', message: inspect(init) }, { status: 401 }),
    ],
    [
      'answers with half a token',
      async () => Response.json({ access_token: hidden.access, token_type: hidden.refresh }),
    ],
  ]

  test.each(echoes)('an error holds a secret when the network %s', async (_what, fetch) => {
    const { oauth, events } = client({ fetch })
    await oauth.adopt(response, { account: { companyId: 1, userId: 2 } })
    const { url, state, attempt } = await oauth.authorize()
    expect(url).toContain(state)
    const installation = oauth.installation('1:2')
    const outcomes = await Promise.allSettled([
      oauth.callback(`/callback?${new URLSearchParams({ state, code: hidden.code })}`, attempt),
      oauth.callback(`/callback?state=other&code=${hidden.code}`, attempt),
      oauth.exchangeApiToken(hidden.apiToken),
      oauth.adopt({ ...response, access_token: 7 }),
      installation.accessToken(),
      installation.fetch('https://evil.example'),
      installation.revokeAccessToken(),
      oauth.verifyExtensionToken(hidden.access),
      oauth.handleUninstall(new Request('https://app.example.com', { method: 'DELETE', body: hidden.code })),
    ])
    const failures = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    )
    expect(failures.length).toBeGreaterThanOrEqual(6)
    for (const error of failures) expect(error).toBeInstanceOf(PipedriveOAuthError)
    const shown = [...failures, ...events, await installation.describe(), oauth, installation].map(
      everythingShownOf,
    )
    for (const [name, secret] of Object.entries(hidden))
      expect([name, shown.join().includes(secret)]).toEqual([name, false])
    for (const secret of Object.values(hidden)) expect(shown.join()).not.toContain(btoa(`a-client:${secret}`))
  })

  test('a client, its handles or its store holds a secret, nor does any record', async () => {
    const store = memoryStore()
    const { oauth } = client({ store })
    await oauth.adopt(response, { account: { companyId: 1, userId: 2 } })
    const shown = [oauth, oauth.installation('1:2'), await store.get('1:2')].map(everythingShownOf).join()
    for (const secret of Object.values(hidden)) expect(shown).not.toContain(secret)
  })
})
