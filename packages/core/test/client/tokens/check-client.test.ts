import { expect, test } from 'vitest'
import { createScene, failure } from '../../flow/scene.ts'

test('checkClient() tells whether Pipedrive accepts the credentials, and spends no token', async () => {
  const { client, connect, fake, refreshes } = createScene({ rotateRefreshTokens: true })
  const oauth = client()
  await connect(oauth)
  expect(await oauth.checkClient()).toEqual({ latencyMs: 0 })
  expect(refreshes()).toBe(1)
  expect(fake.installations()).toHaveLength(1)
  expect(await failure(client({ clientSecret: 'wrong' }).checkClient())).toBe('client_rejected')
  expect(await failure(client({ clientId: 'nobody' }).checkClient())).toBe('client_rejected')
})

test('checkClient() rejects with the reason if Pipedrive does not answer', async () => {
  const { client, fake } = createScene()
  fake.faults.add({ endpoint: 'token', fault: { type: 'rate_limited', retryAfterSeconds: 7 }, times: 1 })
  const oauth = client()
  expect(await failure(oauth.checkClient())).toBe('token_endpoint_unavailable')
  expect(await oauth.checkClient()).toMatchObject({ latencyMs: expect.any(Number) })
})
