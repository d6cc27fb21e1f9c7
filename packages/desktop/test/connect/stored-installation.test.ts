import { createFakePipedrive } from '@pd/fake-pipedrive'
import { PipedriveOAuth } from '@pd/oauth-core'
import { expect, test } from 'vitest'
import { storedInstallation } from '../../src/connect/stored-installation.ts'
import { sealingSecret } from '../login/desktop.ts'

/** A client over a store with so many installations. */
async function createScene(count: number): Promise<PipedriveOAuth> {
  const { clientId, clientSecret, redirectUri } = createFakePipedrive().app
  const oauth = new PipedriveOAuth({ clientId, clientSecret, redirectUri, secrets: [sealingSecret] })
  for (let userId = 1; userId <= count; userId++) {
    const tokens = { access_token: `at-${userId}`, refresh_token: `rt-${userId}`, expires_in: 3_600 }
    await oauth.adopt(tokens, { account: { companyId: 1, userId } })
  }
  return oauth
}

test('the only installation is found, and none where none is stored', async () => {
  expect(await storedInstallation(await createScene(0), undefined)).toBeUndefined()
  expect(await storedInstallation(await createScene(1), undefined)).toMatchObject({ id: '1:1' })
})

test('a named installation is found among several, and is missing if it is not stored', async () => {
  const oauth = await createScene(3)
  expect(await storedInstallation(oauth, '1:2')).toMatchObject({ id: '1:2' })
  expect(await storedInstallation(oauth, '1:4')).toBeUndefined()
})

test.each([
  [2, '(1:1, 1:2)'],
  [5, '(1:1, 1:2, 1:3, 1:4, 1:5)'],
  [6, '(1:1, 1:2, 1:3, 1:4, 1:5, …)'],
  [7, '(1:1, 1:2, 1:3, 1:4, 1:5, …)'],
])('with %i installations one has to be named, and at most five are listed', async (count, listed) => {
  await expect(storedInstallation(await createScene(count), undefined)).rejects.toMatchObject({
    code: 'invalid_argument',
    problems: [expect.stringContaining(`several installations are stored ${listed}`)],
  })
})
