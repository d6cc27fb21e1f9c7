import { createFakePipedrive } from '@pd/fake-pipedrive'
import { drive, expectedJourney, redirectUri } from '@pd/test-support/journey'
import { expect, test } from 'vitest'
import { startWorkers } from '../../../apps/hono-worker/test/workerd.ts'
import { startServer } from './runtimes/start-server.ts'

test.each(['node', 'bun', 'deno', 'workerd'] as const)(
  'the same app goes the whole way on %s',
  { timeout: 60_000 },
  async (runtime) => {
    await using fake = createFakePipedrive({ redirectUri, rotateRefreshTokens: true })
    const { origin } = await fake.listen()
    const environment = {
      PIPEDRIVE_CLIENT_ID: fake.app.clientId,
      PIPEDRIVE_CLIENT_SECRET: fake.app.clientSecret,
      PIPEDRIVE_REDIRECT_URI: redirectUri,
      PIPEDRIVE_ORIGIN: origin,
      PD_OAUTH_SECRETS: 'only-for-tests-0123456789-0123456789',
    }
    await using server = await (runtime === 'workerd'
      ? startWorkers(environment)
      : startServer(runtime, environment))
    const journey = await drive(fake, 'origins' in server ? [server.origins[0]] : [server.origin])
    expect(journey).toEqual(expectedJourney(journey.deals))
    expect(journey.deals).toBeGreaterThan(0)
  },
)
