import type { FakePipedrive } from '@pd/fake-pipedrive'
import { redeem } from './redeem.ts'

/** Pipedrive's token response for a user of the fake, who gives consent. */
export async function tokenResponse(fake: FakePipedrive, user: string): Promise<unknown> {
  const callback = new URL(await fake.approve(fake.authorizeUrl(), { user }))
  return (await redeem(fake, callback)).json()
}
