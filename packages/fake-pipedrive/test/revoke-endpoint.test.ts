import { expect, test } from 'vitest'
import { createFakePipedrive } from '../src/index.ts'
import { createTestClient, jsonOf, type TokenAnswer } from './test-client.ts'

function createScene() {
  const fake = createFakePipedrive()
  return { fake, client: createTestClient(fake) }
}

test('revoking an access token makes only that token invalid', async () => {
  const { fake, client } = createScene()
  const first = await client.install()
  const second = await jsonOf<TokenAnswer>(client.refresh(first.refresh_token))
  expect((await client.revoke({ token: first.access_token, token_type_hint: 'access_token' })).status).toBe(
    200,
  )
  expect((await client.api(first, '/api/v1/users/me')).status).toBe(401)
  expect((await client.api(second, '/api/v1/users/me')).status).toBe(200)
  expect(fake.serverAccepts(first.refresh_token)).toBe(true)
})

test('revoking the refresh token uninstalls the app', async () => {
  const { fake, client } = createScene()
  const { access_token, refresh_token } = await client.install()
  await client.revoke({ token: refresh_token, token_type_hint: 'refresh_token' })
  expect(fake.installations()).toEqual([])
  expect(fake.serverAccepts(access_token)).toBe(false)
  expect(await jsonOf(client.refresh(refresh_token))).toMatchObject({ error: 'invalid_grant' })
})

test('a refresh token with the hint access_token is found and revoked', async () => {
  const { fake, client } = createScene()
  const { refresh_token } = await client.install()
  await client.revoke({ token: refresh_token, token_type_hint: 'access_token' })
  expect(fake.serverAccepts(refresh_token)).toBe(false)
})

test('an unknown token and a token encoded twice get 200, and all tokens stay valid', async () => {
  const { fake, client } = createScene()
  const { access_token } = await client.install()
  expect((await client.revoke({ token: 'unknown' })).status).toBe(200)
  expect((await client.revoke({ token: encodeURIComponent(access_token) })).status).toBe(200)
  expect(fake.serverAccepts(access_token)).toBe(true)
})

test('a rotated refresh token no longer uninstalls anything', async () => {
  const fake = createFakePipedrive({ rotateRefreshTokens: true })
  const client = createTestClient(fake)
  const first = await client.install()
  const second = await jsonOf<TokenAnswer>(client.refresh(first.refresh_token))
  expect((await client.revoke({ token: first.refresh_token })).status).toBe(200)
  expect(fake.serverAccepts(second.refresh_token)).toBe(true)
})

test('a revocation without authentication or without a token is refused', async () => {
  const { fake, client } = createScene()
  const body = new URLSearchParams({ token: 'x' })
  const answer = await fake.fetch('https://oauth.pipedrive.com/oauth/revoke', { method: 'POST', body })
  expect(await answer.json()).toMatchObject({ error: 'invalid_client' })
  expect(await jsonOf(client.revoke({}))).toMatchObject({ message: 'Missing parameter: token' })
})
