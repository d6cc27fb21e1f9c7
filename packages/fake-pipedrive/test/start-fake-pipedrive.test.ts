import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { isPortTaken, startFakePipedrive } from '../src/start-fake-pipedrive.ts'

test('startFakePipedrive() sends notices over HTTP unless it gets an appFetch that is a function', async () => {
  // Port 9 takes no connection.
  const redirectUri = 'http://127.0.0.1:9/callback'
  const own = async () => new Response(null, { status: 204 })
  for (const [appFetch, status] of [
    [undefined, 502],
    [own, 204],
  ] as const) {
    const { fake } = await startFakePipedrive({ appFetch, redirectUri }, { port: 0 })
    await using _ = fake
    fake.install()
    expect((await fake.uninstall()).response?.status).toBe(status)
  }
})

test('startFakePipedrive() says which port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const error: unknown = await startFakePipedrive({}, { port, host: undefined }).catch(
    (thrown: unknown) => thrown,
  )
  expect(isPortTaken(error) && error.message).toContain(`Another program listens on 127.0.0.1:${port}. `)
})
