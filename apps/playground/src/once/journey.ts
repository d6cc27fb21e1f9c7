import type { Installation, InstallationId } from '@pd/oauth-core'
import type { Call, FakePipedrive } from '@pd/fake-pipedrive'
import type { Running } from '../playground.ts'
import type { Stage } from '../stage.ts'
import type { MovableClock } from '../clock.ts'

/** What the steps share. */
export interface Journey {
  readonly playground: Running
  readonly fake: FakePipedrive
  readonly stage: Stage
  readonly clock: MovableClock
  /** Where the playground listens. */
  readonly origin: string
  readonly pipedriveOrigin: string
  /** The installation; known from the callback on. */
  id: InstallationId | undefined
  /** @throws {Error} before the callback */
  installation(): Installation
}

export function startJourney(
  playground: Running,
  { fake, stage, clock }: { fake: FakePipedrive; stage: Stage; clock: MovableClock },
): Journey {
  return {
    playground,
    fake,
    stage,
    clock,
    origin: playground.origin,
    pipedriveOrigin: stage.origin,
    id: undefined,
    installation() {
      if (this.id === undefined) throw new Error('nobody is connected')
      return playground.oauth.installation(this.id)
    },
  }
}

/** What the fake was asked while something was done. */
export interface Asked {
  readonly tokenRequests: readonly Call[]
  readonly apiRequests: readonly Call[]
}

/** Does something, and tells what the fake was asked meanwhile. */
export async function askedDuring(fake: FakePipedrive, work: () => Promise<unknown>): Promise<Asked> {
  const before = fake.calls.length
  await work()
  const calls = fake.calls.slice(before)
  return {
    tokenRequests: calls.filter((call) => call.endpoint === 'token'),
    apiRequests: calls.filter((call) => call.endpoint === 'api'),
  }
}
