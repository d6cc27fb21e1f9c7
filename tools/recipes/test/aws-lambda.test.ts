/** Runs the recipe for AWS Lambda, whose code is the one in `docs/recipes`, with the events that AWS sends. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createFakePipedrive } from '@pd/fake-pipedrive'
import type { PipedriveOAuth } from '@pd/oauth-core'
import { Browser, connect, drive, expectedJourney, redirectUri } from '@pd/test-support/journey'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { events, serveLambda, type LambdaHandler } from './lambda-gateway.ts'
import { checkTypes } from './programs.ts'
import { prepare } from './recipe.ts'

afterAll(() => void vi.unstubAllEnvs())
let copies = 0

/** A fake Pipedrive, and the function as AWS loads it: once, with its settings. */
async function createScene() {
  const fake = createFakePipedrive({ redirectUri, rotateRefreshTokens: true })
  onTestFinished(() => fake.close())
  const { origin } = await fake.listen()
  vi.stubEnv('PIPEDRIVE_CLIENT_ID', fake.app.clientId)
  vi.stubEnv('PIPEDRIVE_CLIENT_SECRET', fake.app.clientSecret)
  vi.stubEnv('PIPEDRIVE_REDIRECT_URI', redirectUri)
  vi.stubEnv('PIPEDRIVE_ORIGIN', origin)
  vi.stubEnv('PD_OAUTH_SECRETS', 'only-for-tests-0123456789-0123456789')
  copies += 1
  const folder = prepare('aws-lambda', 'oauth.ts', `aws-lambda-${copies}`)
  const load = (name: string) => import(pathToFileURL(join(folder, name)).href)
  const { handler } = (await load('lambda.ts')) as { handler: LambdaHandler }
  const { oauth } = (await load('oauth.ts')) as { oauth: PipedriveOAuth }
  return { fake, pipedrive: origin, handler, oauth }
}

test.each(Object.entries(events))(
  'behind a %s the function connects a user, refreshes once for all, and sees an uninstall',
  async (_, toEvent) => {
    const { fake, handler } = await createScene()
    const { origin, close } = await serveLambda(handler, toEvent)
    onTestFinished(close)
    const journey = await drive(fake, [origin])
    expect(journey).toEqual(expectedJourney(journey.deals))
    expect(journey.deals).toBeGreaterThan(0)
  },
)

test('the recipe has right types', async () => {
  await checkTypes(prepare('aws-lambda', 'oauth.ts', 'aws-lambda-types'), 'tsconfig.json')
})

test('the function answers only when a refresh in the background is saved', async () => {
  const { fake, pipedrive, handler, oauth } = await createScene()
  const { origin, close } = await serveLambda(handler, events['function URL'])
  onTestFinished(close)
  const user = new Browser(origin, new URL(redirectUri).origin)
  await connect(fake, user, { expiresIn: 3_600 })
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 57 * 60_000 })
  onTestFinished(() => void vi.useRealTimers())

  const gate = fake.faults.hold({ endpoint: 'token', grantType: 'refresh_token' })
  let isAnswered = false
  const answered = user.data('/deals').finally(() => (isAnswered = true))
  await gate.reached
  // Twenty requests to Pipedrive later, the function has had its deals for long.
  await expect.poll(() => fake.calls.find(({ path }) => path === '/api/v2/deals')?.outcome).toBe('answered')
  for (let later = 0; later < 20; later += 1) await fetch(`${pipedrive}/api/v2/deals`)
  expect(isAnswered).toBe(false)

  gate.release()
  expect((await answered).status).toBe(200)
  expect((await oauth.installation('1001:11').describe())?.refreshes).toBe(1)
})
