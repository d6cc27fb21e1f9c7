import { expect, test, vi } from 'vitest'
import { createScene, failure, minute } from '../../flow/scene.ts'

test('an extension token is verified once, and remembered only for its lifetime and its secret', async () => {
  const { clock, client, fake } = createScene()
  const oauth = client()
  const token = await fake.extensionToken('1001:11')
  const verify = vi.spyOn(crypto.subtle, 'verify')
  for (let request = 0; request < 3; request++)
    expect(await oauth.verifyExtensionToken(token)).toMatchObject({ installationId: '1001:11' })
  expect(verify).toHaveBeenCalledTimes(1)
  verify.mockRestore()

  expect(
    await failure(oauth.verifyExtensionToken(token, { secrets: ['of-another-extension-0123456789'] })),
  ).toBe('bad_signature')
  expect(await failure(oauth.verifyExtensionToken(`${token}x`))).toBe('bad_signature')
  await clock.advance(5 * minute + oauth.policy.clockSkewMs - 1_000)
  expect((await oauth.verifyExtensionToken(token)).companyId).toBe(1001)
  await clock.advance(1_000)
  expect(await failure(oauth.verifyExtensionToken(token))).toBe('extension_token_expired')
})
