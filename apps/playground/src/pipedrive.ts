import type { PipedriveOAuthOptions } from '@pd/oauth-core'
import {
  createFakePipedrive,
  type FakePipedrive,
  type FakePipedriveOptions,
  type Listening,
} from '@pd/fake-pipedrive'
import { movableClock, type MovableClock } from './clock.ts'
import { extensionPath } from './extension-paths.ts'
import { noMemory, type FakeMemory } from './keeping/fake-memory.ts'
import { at } from './http/own-requests.ts'
import { createFakeControls, type FakeControls } from './fake-controls.ts'

/** The scopes that the playground needs. Pipedrive always adds `base`. */
export const neededScopes = ['deals:read']

/** The app as it is registered in the Developer Hub. */
export interface Registration {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
}

/** The Pipedrive that the playground works with: a fake or the real service. */
export interface Pipedrive {
  readonly client: Registration & Pick<PipedriveOAuthOptions, 'endpoints'>
  readonly fetch: typeof globalThis.fetch
  readonly clock: MovableClock
  /** Controls of the fake. Undefined for the real service. */
  readonly controls?: FakeControls
  close(): Promise<void>
}

/**
 * Starts a fake on this machine. It shares the playground's clock and continues from `memory`: on the port that it had, or
 * on a free one if that is in use.
 */
export async function fakePipedrive(
  redirectUri: string,
  options: Pick<FakePipedriveOptions, 'latencyMs' | 'users' | 'companies'> = {},
  memory: FakeMemory = noMemory,
): Promise<Pipedrive & { readonly controls: FakeControls; readonly fake: FakePipedrive }> {
  const { state } = memory
  let { port } = state
  const keep = () => memory.keep({ port, aheadMs: clock.aheadMs, installations: fake.installations() })
  const clock = movableClock(state.aheadMs, keep)
  const fake: FakePipedrive = createFakePipedrive({
    ...options,
    installations: state.installations,
    onInstallationsChange: keep,
    appName: 'Playground',
    redirectUri,
    panelUrl: new URL(extensionPath, redirectUri).href,
    scopes: neededScopes,
    clock,
    appFetch: (request) => fetch(request),
  })
  const listening = await listenAgain(fake, state.port)
  const { origin } = listening
  port = listening.port
  keep()
  const { clientId, clientSecret } = fake.app
  return {
    client: { clientId, clientSecret, redirectUri, endpoints: { oauth: origin, api: origin } },
    fetch: fetchAt(origin),
    clock,
    fake,
    controls: createFakeControls(fake, clock, origin),
    async close() {
      await fake.close()
      keep()
    },
  }
}

async function listenAgain(fake: FakePipedrive, port: number | undefined): Promise<Listening> {
  try {
    return await fake.listen({ port })
  } catch (error) {
    if (port === undefined) throw error
    return fake.listen()
  }
}

/**
 * Returns a `fetch` that sends every request to the fake. Stored installations may still name the port of an earlier run,
 * which another program may use now. Their next refresh updates it.
 */
function fetchAt(origin: string): typeof globalThis.fetch {
  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (url.origin === origin) return fetch(input, init)
    const request = new Request(input, init)
    return fetch(new Request(at(new URL(origin), url), request))
  }
}

/** Returns the real service. */
export function realPipedrive(registration: Registration): Pipedrive {
  return { client: registration, fetch, clock: movableClock(), close: () => Promise.resolve() }
}
