import { createServer } from 'node:net'
import {
  CallbackError,
  ForbiddenRequestError,
  memoryStore,
  ReauthorizationRequiredError,
  TokenEndpointError,
} from '@pd/oauth-core'
import { callbackUrlOf, login, LoginError, type LoginErrorCode } from '@pd/oauth-desktop'
import { lazyPart } from '../../../packages/core/src/client/runtime/lazy-part.ts'
import type { KnownErrorCode } from '../../../packages/core/src/errors.ts'
import {
  connectedClient,
  expiredExtensionToken,
  onPage,
  onRoute,
  sampleClient,
  thrownBy,
  uninstallNotice,
  type Sample,
} from './sample.ts'

export type DocumentedCode = KnownErrorCode | LoginErrorCode

const id = '123:456'
const refused = new TypeError('fetch failed', {
  cause: new Error('getaddrinfo ENOTFOUND oauth.pipedrive.com'),
})

/** One error of every code. The compiler reports a missing one. */
export const samples: Readonly<Record<DocumentedCode, Sample>> = {
  invalid_configuration: {
    error: () =>
      thrownBy(() => sampleClient({ redirectUri: 'http://app.example.com/callback', secrets: ['short'] })),
  },
  unsupported_by_store: {
    error: () => {
      const { get, compareAndSet } = memoryStore()
      return thrownBy(() => sampleClient({ store: { get, compareAndSet } }).keepAlive())
    },
  },
  code_missing: onPage(() =>
    thrownBy(
      lazyPart('health()', () =>
        Promise.reject(new Error("Cannot find module '/app/node_modules/@pd/oauth-core/dist/health.js'")),
      ),
    ),
  ),
  invalid_argument: { error: () => thrownBy(() => sampleClient().keepAlive({ concurrency: 0 })) },
  state_mismatch: onRoute(() => new CallbackError('state_mismatch')),
  access_denied: onRoute(() => new CallbackError('access_denied')),
  attempt_expired: onRoute(() => new CallbackError('attempt_expired')),
  invalid_callback: onRoute(() => new CallbackError('invalid_callback')),
  code_refused: onRoute(() => new CallbackError('code_refused')),
  unexpected_account: onRoute(() => new CallbackError('unexpected_account')),
  link_expired: onRoute(() => new CallbackError('link_expired'), 'GET install'),
  not_installed: onPage(() => thrownBy(() => sampleClient().installation(id).accessToken())),
  not_signed_in: onPage(() => new ReauthorizationRequiredError('not_signed_in')),
  reauthorization_required: onPage(() => new ReauthorizationRequiredError('reauthorization_required', id)),
  scopes_missing: onPage(
    () =>
      new ReauthorizationRequiredError('scopes_missing', id, {
        missingScopes: ['deals:full'],
        consentMayHelp: false,
      }),
  ),
  client_rejected: onPage(() => new TokenEndpointError('client_rejected', { installationId: id })),
  request_rejected: onPage(() => new TokenEndpointError('request_rejected', { installationId: id })),
  token_endpoint_unavailable: onPage(
    () => new TokenEndpointError('token_endpoint_unavailable', { installationId: id, cause: refused }),
  ),
  token_endpoint_timeout: onPage(
    () => new TokenEndpointError('token_endpoint_timeout', { installationId: id }),
  ),
  malformed_response: onPage(() => new TokenEndpointError('malformed_response', { installationId: id })),
  refresh_pending: onPage(() => new TokenEndpointError('refresh_pending', { installationId: id })),
  identity_unavailable: onRoute(() => new TokenEndpointError('identity_unavailable', { cause: refused })),
  api_unavailable: onPage(async () => {
    const { installation } = await connectedClient({ fetch: () => Promise.reject(refused) })
    return thrownBy(() => installation.api('/api/v2/deals'))
  }),
  store_unavailable: onPage(() =>
    thrownBy(() => {
      const store = memoryStore()
      const get = () => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:6379'))
      return sampleClient({ store: { ...store, get } })
        .installation(id)
        .accessToken()
    }),
  ),
  unreadable_record: onPage(async () => {
    const { oauth, store } = await connectedClient()
    const record = (await store.get(id))!
    await store.compareAndSet(id, record.version, { ...record, version: 'next', value: 'damaged' })
    return thrownBy(() => oauth.installation(id).accessToken())
  }),
  unknown_key: onPage(async () => {
    const { oauth } = await connectedClient({ secrets: ['another-secret-of-at-least-32-characters'] })
    return thrownBy(() => oauth.installation(id).accessToken())
  }),
  secrets_unavailable: onPage(async () => {
    const { oauth } = await connectedClient({
      secrets: () => Promise.reject(new Error('AccessDeniedException')),
    })
    return thrownBy(() => oauth.installation(id).accessToken())
  }),
  bad_signature: onPage(() => thrownBy(() => sampleClient().verifyExtensionToken('a.b.c'))),
  extension_token_expired: onPage(() =>
    thrownBy(() => sampleClient().verifyExtensionToken(expiredExtensionToken())),
  ),
  bad_credentials: onRoute(
    () => thrownBy(() => sampleClient().handleUninstall(uninstallNotice(false, {}))),
    'DELETE callback',
  ),
  malformed_notice: onRoute(
    () => thrownBy(() => sampleClient().handleUninstall(uninstallNotice(true, {}))),
    'DELETE callback',
  ),
  foreign_origin: onPage(async () => {
    const { installation } = await connectedClient()
    return thrownBy(() => installation.fetch('https://api.example.com/deals'))
  }),
  foreign_return_to: onPage(() =>
    thrownBy(() => sampleClient().authorize({ returnTo: 'https://elsewhere.example.com' })),
  ),
  cross_site_request: onRoute(
    () =>
      new ForbiddenRequestError(
        'cross_site_request',
        'A disconnect or logout must come from a page of this application.',
      ),
    'POST disconnect',
  ),
  port_taken: {
    error: async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      const { port } = server.address() as { port: number }
      const oauth = sampleClient({ redirectUri: `http://127.0.0.1:${port}/callback` })
      const error = await thrownBy(() => login(oauth, { open: () => {} }))
      server.close()
      // The port is another one at each run.
      return new LoginError('port_taken', String((error as Error).message).replace(String(port), '33333'))
    },
  },
  browser_unavailable: {
    error: () =>
      thrownBy(() =>
        login(sampleClient({ redirectUri: 'http://127.0.0.1:0/callback' }), {
          open: () => Promise.reject(new Error('spawn xdg-open ENOENT')),
        }),
      ),
  },
  login_timeout: {
    error: () =>
      new LoginError('login_timeout', 'Nobody came back from the consent page within 300 seconds.'),
  },
  foreign_callback: {
    error: () =>
      thrownBy(() =>
        callbackUrlOf(
          sampleClient({ redirectUri: 'http://localhost:33333/callback' }),
          'https://acme.pipedrive.com/settings/marketplace',
        ),
      ),
  },
}
