import { expect, test } from 'vitest'
import { createOAuthHandler } from '../../src/index.ts'
import { Browser } from './browser.ts'
import { createScene } from '../flow/scene.ts'

test('an accepted callback without state gives nothing to another browser that repeats it', async () => {
  const { client, fake } = createScene()
  const handle = createOAuthHandler(client(), { missingState: 'accept' })
  const fromMarketplace = await fake.approve(fake.authorizeUrl())

  const first = new Browser(handle)
  expect((await first.send(fromMarketplace)).status).toBe(302)
  expect(first.cookieNames).toEqual([expect.stringMatching(/^pd_session_\w+$/)])

  const second = new Browser(handle)
  const refused = await second.send(fromMarketplace)
  expect([refused.status, second.cookieNames]).toEqual([400, []])
  expect(await refused.text()).toContain('code_refused')
})

test('two browsers that send one callback without state at the same moment share nothing', async () => {
  const { client, fake } = createScene()
  const handle = createOAuthHandler(client(), { missingState: 'accept' })
  const fromMarketplace = await fake.approve(fake.authorizeUrl())
  const browsers = [new Browser(handle), new Browser(handle)]
  const answers = await Promise.all(browsers.map((browser) => browser.send(fromMarketplace)))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([302, 400])
})
