import { expect, test } from 'vitest'
import {
  connectedInstallation,
  createFakePipedrive,
  expiredInstallation,
  FakeAssertionError,
  spentInstallation,
  uninstalledInstallation,
} from '../src/index.ts'
import { createTestClient } from './test-client.ts'

/** Returns the error that an assertion throws. */
function failed(assert: () => unknown): FakeAssertionError {
  try {
    assert()
  } catch (error) {
    expect(error).toBeInstanceOf(FakeAssertionError)
    return error as FakeAssertionError
  }
  throw new Error('The assertion holds')
}

test('expectTokenRequests() passes for the right count, and shows the requests for a wrong one', async () => {
  const { fake, tokens } = connectedInstallation()
  fake.expectTokenRequests(0)
  await createTestClient(fake).refresh(tokens.refresh_token)
  await createTestClient(fake).refresh('wrong')
  fake.expectTokenRequests(2)
  fake.expectTokenRequests(1, { status: 200 })
  const error = failed(() => fake.expectTokenRequests(1, { grantType: 'refresh_token' }))
  expect(error.message).toBe(
    [
      'Expected 1 token request with grantType refresh_token, but the fake received 2:',
      '  09:00:00.000 POST /oauth/token refresh_token by Ada Lindqvist (1001:11): 200',
      '  09:00:00.000 POST /oauth/token refresh_token: 400 invalid_grant',
    ].join('\n'),
  )
  expect([error.name, error.actual, error.expected]).toEqual(['AssertionError', 2, 1])
})

test('a failed assertion shows the other requests too, with their faults and without their tokens', async () => {
  const { fake, tokens } = connectedInstallation({ faults: [{ fault: { type: 'status', status: 503 } }] })
  await createTestClient(fake).refresh(tokens.refresh_token)
  const { message } = failed(() => fake.expectCalls(1, { endpoint: 'api', path: /deals/ }))
  expect(message).toBe(
    [
      'Expected 1 request with endpoint api, path /deals/, but the fake received none',
      'Other requests:',
      '  09:00:00.000 POST /oauth/token refresh_token by Ada Lindqvist (1001:11): 503 Scripted fault, fault: status',
    ].join('\n'),
  )
  expect(message).not.toContain(tokens.refresh_token)
  fake.expectCalls(1)
})

test('expectInstalled() and expectNotInstalled() say who has installed the app', async () => {
  const { fake } = connectedInstallation({ user: '1001:12' })
  expect(fake.expectInstalled('bo@acme.example').id).toBe('1001:12')
  fake.expectNotInstalled('1001:11')
  expect(failed(() => fake.expectInstalled()).message).toBe(
    'Expected that Ada Lindqvist (1001:11) has installed the app, but only 1001:12 has',
  )
  expect(failed(() => fake.expectNotInstalled('1001:12')).message).toContain('but it has, since 2026-01-05')
})

test('expectFaultsStruck() names the faults that wait for a call', async () => {
  const fake = createFakePipedrive()
  fake.expectFaultsStruck()
  fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 503 } })
  expect(failed(() => fake.expectFaultsStruck()).message).toContain(
    'endpoint token, fault {"type":"status","status":503}',
  )
  await createTestClient(fake).refresh('x')
  fake.expectFaultsStruck()
})

test.each([
  ['once', {}, 1],
  ['twice', { times: 2 }, 2],
  ['endlessly', { times: Infinity }, 1],
  ['endlessly, after one call', { times: Infinity, skip: 1 }, 2],
])(
  'expectFaultsStruck() fails until a fault that strikes %s has struck enough',
  async (_, timing, enough) => {
    const fault = { type: 'status', status: 503 } as const
    const fake = createFakePipedrive({ faults: [{ ...timing, endpoint: 'token', fault }] })
    for (let calls = 0; calls < enough; calls += 1) {
      const { message } = failed(() => fake.expectFaultsStruck())
      for (const [name, value] of Object.entries(timing)) expect(message).toContain(`${name} ${value}`)
      await createTestClient(fake).refresh('x')
    }
    fake.expectFaultsStruck()
    await createTestClient(fake).refresh('x')
    fake.expectFaultsStruck()
  },
)

test('each scene is one line and holds what its name says', async () => {
  const statusOf = async ({ fake, tokens }: ReturnType<typeof connectedInstallation>) => {
    const client = createTestClient(fake)
    return [
      (await client.api(tokens, '/api/v2/deals')).status,
      (await client.refresh(tokens.refresh_token)).status,
    ]
  }
  expect(await statusOf(connectedInstallation())).toEqual([200, 200])
  expect(await statusOf(expiredInstallation())).toEqual([401, 200])
  expect(await statusOf(await uninstalledInstallation())).toEqual([401, 400])
  expect(await statusOf(spentInstallation())).toEqual([429, 200])
})

test('a scene takes the options of a fake, and a user', async () => {
  const { fake, clock, user, installationId, tokens, obtainedAt } = connectedInstallation({
    user: 'dan@globex.example',
    rotateRefreshTokens: true,
  })
  expect([user.name, installationId]).toEqual(['Dan Okafor', '1002:21'])
  expect(tokens).toMatchObject({
    token_type: 'Bearer',
    expires_in: 3599,
    api_domain: 'https://globex.pipedrive.com',
  })
  expect(obtainedAt).toBe(clock.now())
  await clock.advance(60 * 60_000)
  expect(fake.serverAccepts(tokens.access_token)).toBe(false)
  expect(() => connectedInstallation({ usr: 'x' } as never)).toThrow("unknown field 'usr'")
})
