import type { Installation, InstallationId } from '@pd/oauth-core'
import type { Call, FakePipedrive } from '@pd/fake-pipedrive'
import type { Running } from '../start-playground.ts'
import type { FakeControls } from '../fake-controls.ts'
import type { MovableClock } from '../clock.ts'

/** The state that the steps share. */
export interface Journey {
  readonly playground: Running
  readonly fake: FakePipedrive
  readonly controls: FakeControls
  readonly clock: MovableClock
  /** The origin of the playground. */
  readonly origin: string
  readonly pipedriveOrigin: string
  /** The installation. Undefined until the callback. */
  id: InstallationId | undefined
  /** @throws {Error} before the callback */
  installation(): Installation
}

export function startJourney(
  playground: Running,
  { fake, controls, clock }: { fake: FakePipedrive; controls: FakeControls; clock: MovableClock },
): Journey {
  return {
    playground,
    fake,
    controls,
    clock,
    origin: playground.origin,
    pipedriveOrigin: controls.origin,
    id: undefined,
    installation() {
      if (this.id === undefined) throw new Error('no user is connected yet')
      return playground.oauth.installation(this.id)
    },
  }
}

/** Requests that the fake has received. */
export interface Requests {
  readonly tokenRequests: readonly Call[]
  readonly apiRequests: readonly Call[]
}

/** Does some work and resolves to the requests that the fake received during it. */
export async function requestsDuring(fake: FakePipedrive, work: () => Promise<unknown>): Promise<Requests> {
  const before = fake.calls.length
  await work()
  const calls = fake.calls.slice(before)
  return {
    tokenRequests: calls.filter((call) => call.endpoint === 'token'),
    apiRequests: calls.filter((call) => call.endpoint === 'api'),
  }
}
