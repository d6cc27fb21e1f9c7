import type { PipedriveOAuthOptions } from '@pd/oauth-core'
import { createFakePipedrive, type FakePipedrive, type FakePipedriveOptions } from '@pd/fake-pipedrive'
import { movableClock, type MovableClock } from './clock.ts'
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
  readonly clock: MovableClock
  /** What only a fake can be told to do. Undefined: this is the real service. */
  readonly stage?: Stage
  close(): Promise<void>
}

/** A fake on a free port of this machine, which shares the playground's clock. */
export async function fakePipedrive(
  redirectUri: string,
  options: Pick<FakePipedriveOptions, 'latencyMs' | 'users' | 'companies'> = {},
): Promise<Pipedrive & { readonly stage: Stage; readonly fake: FakePipedrive }> {
  const clock = movableClock()
  const fake = createFakePipedrive({
    ...options,
    appName: 'Playground',
    redirectUri,
    scopes: neededScopes,
    clock,
    appFetch: (request) => fetch(request),
  })
  const { origin } = await fake.listen()
  const { clientId, clientSecret } = fake.app
  return {
    client: { clientId, clientSecret, redirectUri, endpoints: { oauth: origin, api: origin } },
    clock,
    fake,
    stage: createStage(fake, clock, origin),
    close: () => fake.close(),
  }
}

/** The real service. */
export function realPipedrive(registration: Registration): Pipedrive {
  return { client: registration, clock: movableClock(), close: () => Promise.resolve() }
}
