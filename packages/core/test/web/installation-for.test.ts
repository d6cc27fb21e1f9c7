import { expect, test, vi } from 'vitest'
import { installationFor, StoreError } from '../../src/index.ts'
import { ada, createScene, failure, hour } from '../flow/scene.ts'

const panelSecret = 'secret-of-the-panel-0123456789abcdef'

async function connectedScene() {
  const scene = createScene()
  const oauth = scene.client()
  await scene.connect(oauth)
  return { ...scene, oauth }
}

/** A panel of Pipedrive asks for a page of the application. */
function inPanel(token: string): Request {
  const headers = { 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate' }
  return new Request(`https://app.example.com/panel?token=${token}`, { headers })
}

test('installationFor() verifies the token of a panel by the secret of the extension', async () => {
  const { fake, oauth } = await connectedScene()
  const request = inPanel(await fake.extensionToken(ada, { secret: panelSecret }))
  const { id } = await installationFor(oauth, request, { extensionSecrets: [panelSecret] })
  expect(id).toBe(ada)
  expect(await failure(installationFor(oauth, request))).toBe('bad_signature')
})

test('installationFor() asks identify in the place of cookie and token, and for the scopes', async () => {
  const { fake, oauth } = await connectedScene()
  const request = inPanel(await fake.extensionToken('1001:12'))
  const identify = () => ada
  expect((await installationFor(oauth, request, { identify, scopes: ['base'] })).id).toBe(ada)
  const missing = installationFor(oauth, request, { identify, scopes: ['base', 'no-such-scope'] })
  expect(await failure(missing)).toBe('scopes_missing')
  const nobody = installationFor(oauth, request, { identify: () => undefined })
  expect(await failure(nobody)).toBe('not_signed_in')
})

test('installationFor() brings a valid token, and gives its work to waitUntil', async () => {
  const { clock, fake, oauth, refreshes } = await connectedScene()
  await clock.advance(2 * hour)
  const waitUntil = vi.fn()
  const request = new Request('https://app.example.com/deals')
  const installation = await installationFor(oauth, request, { identify: () => ada, waitUntil })
  expect([refreshes(), waitUntil.mock.calls.length > 0]).toEqual([1, true])
  expect(fake.serverAccepts(await installation.accessToken())).toBe(true)
})

test('installationFor() refuses an option that it does not know', async () => {
  const { oauth } = await connectedScene()
  const request = new Request('https://app.example.com/deals')
  const options = { identify: () => ada, scope: ['base'] } as object
  expect(await failure(installationFor(oauth, request, options))).toBe('invalid_argument')
})

test('installationFor() fails, rather than to know nobody, while the secrets cannot be had', async () => {
  const { fake, oauth } = await connectedScene()
  vi.spyOn(oauth, 'verifyExtensionToken').mockRejectedValue(
    new StoreError('secrets_unavailable', 'The secrets cannot be had.'),
  )
  const outside = new Request(`https://app.example.com/panel?token=${await fake.extensionToken(ada)}`)
  for (const request of [inPanel('a.b.c'), outside])
    expect(await failure(installationFor(oauth, request))).toBe('secrets_unavailable')
})
