import { expect, test } from 'vitest'
import { stateOf, createWebScene, origin } from './web-scene.ts'
import { locationOf } from './browser.ts'

const tenantOf = (request: Request) => request.headers.get('x-tenant') ?? undefined
const asTenant = { headers: { 'x-tenant': 'tenant-7' } }

test('referenceOf() names the tenant who begins to connect, and onConnected, the record and the events get the name', async () => {
  const names: unknown[] = []
  const events: unknown[] = []
  const { browser, fake, oauth } = createWebScene({
    referenceOf: async (request) => tenantOf(request),
    onConnected: ({ reference }) => void names.push(reference),
  })
  oauth.subscribe((event) => 'reference' in event && events.push([event.type, event.reference]))
  const consent = locationOf(await browser.send(`${origin}/pipedrive/install`, asTenant))
  await browser.send(await fake.approve(consent))
  expect(names).toEqual(['tenant-7'])
  expect(await oauth.installation('1001:11').describe()).toMatchObject({ reference: 'tenant-7' })
  expect(events).toEqual([
    ['consent_started', 'tenant-7'],
    ['installed', 'tenant-7'],
  ])
})

test('referenceOf() is asked as well where a callback without state begins anew', async () => {
  const names: unknown[] = []
  const { browser, fake } = createWebScene({
    referenceOf: tenantOf,
    onConnected: ({ reference }) => void names.push(reference),
  })
  const begun = await browser.send(`${origin}/pipedrive/callback?code=from-the-marketplace`, asTenant)
  expect(stateOf(locationOf(begun))).not.toBe('')
  await browser.send(await fake.approve(locationOf(begun)))
  expect(names).toEqual(['tenant-7'])
})

test('without an answer of referenceOf() the installation keeps the name that it has', async () => {
  const { browser, fake, oauth } = createWebScene({ referenceOf: tenantOf })
  for (const init of [asTenant, {}])
    await browser.send(
      await fake.approve(locationOf(await browser.send(`${origin}/pipedrive/install`, init))),
    )
  expect(await oauth.installation('1001:11').describe()).toMatchObject({ reference: 'tenant-7' })
})
