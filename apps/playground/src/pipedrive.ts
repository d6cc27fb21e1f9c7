import type { PipedriveOAuthOptions } from '@pd/oauth-core'
import {
  createFakePipedrive,
  type FakePipedrive,
  type FakePipedriveOptions,
  type Listening,
} from '@pd/fake-pipedrive'
import { movableClock, type MovableClock } from './clock.ts'
import { extensionPath } from './extension.ts'
import { noMemory, type FakeMemory } from './keeping/fake-memory.ts'
import { createStage, type Stage } from './stage.ts'

/** The scopes that the playground needs; Pipedrive adds `base` by itself. */
export const neededScopes = ['deals:read']

/** The app's registration in the Developer Hub. */
export interface Registration {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
}

/** The Pipedrive on the other side. */
export interface Pipedrive {
  readonly client: Registration & Pick<PipedriveOAuthOptions, 'endpoints'>
  readonly fetch: typeof globalThis.fetch
  readonly clock: MovableClock
  /** What only a fake can be told to do. Undefined: this is the real service. */
  readonly stage?: Stage
  close(): Promise<void>
}

/**
 * A fake on this machine, which shares the playground's clock, and goes on from what it is said to remember: on the
 * port it had, or where that is taken, on a free one.
 */
export async function fakePipedrive(
  redirectUri: string,
  options: Pick<FakePipedriveOptions, 'latencyMs' | 'users' | 'companies'> = {},
  memory: FakeMemory = noMemory,
): Promise<Pipedrive & { readonly stage: Stage; readonly fake: FakePipedrive }> {
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
    stage: createStage(fake, clock, origin),
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
 * Every request goes to the fake: stored installations may name a port that it had in an earlier run, and that belongs
 * to another program now. Their next refresh puts that right.
 */
function fetchAt(origin: string): typeof globalThis.fetch {
  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (url.origin === origin) return fetch(input, init)
    const request = new Request(input, init)
    return fetch(new Request(new URL(url.pathname + url.search, origin), request))
  }
}

/** The real service. */
export function realPipedrive(registration: Registration): Pipedrive {
  return { client: registration, fetch, clock: movableClock(), close: () => Promise.resolve() }
}
