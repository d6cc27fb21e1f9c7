import { once } from 'node:events'
import { connect } from 'node:net'
import { createFakePipedrive, manualClock } from '@pd/fake-pipedrive'
import { createOAuthHandler, PipedriveOAuth } from '@pd/oauth-core'
import { expect, onTestFinished, test } from 'vitest'
import { everyPlatform, platforms } from '../servers.ts'

/** A handler over a clock that stands still, and a promise that its first request waits for the clock. */
function createScene() {
  const manual = manualClock()
  const begun = Promise.withResolvers<void>()
  /** Tells when the notice has asked for its timer: before, what answers it may still be loaded. */
  const clock: typeof manual = {
    ...manual,
    sleep(ms, signal) {
      begun.resolve()
      return manual.sleep(ms, signal)
    },
  }
  const fake = createFakePipedrive({ clock, redirectUri: 'http://localhost:3000/pipedrive/callback' })
  const { clientId, clientSecret, redirectUri } = fake.app
  const secrets = ['test-secret-that-is-long-enough-0001']
  const oauth = new PipedriveOAuth({ clientId, clientSecret, redirectUri, secrets, fetch: fake.fetch, clock })
  const handle = createOAuthHandler(oauth, { sharingNotices: true })
  const credentials = btoa(`${clientId}:${clientSecret}`)
  return { clock, handler: (request: Request) => handle(request), begun: begun.promise, credentials }
}

/** A client that sends the head of a notice, and then a byte whenever it is told to. */
async function startNotice(origin: string, method: string, credentials: string) {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  const head = [
    `${method} /pipedrive/callback HTTP/1.1`,
    'Host: localhost:3000',
    `Authorization: Basic ${credentials}`,
    'Content-Length: 1000',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n{`)
  let received = ''
  socket.on('data', (bytes) => (received += String(bytes)))
  // `once` would reject if a byte is on its way while the server closes.
  const closed = new Promise((resolve) => socket.on('close', resolve))
  socket.on('error', () => {})
  return { trickle: () => socket.write(' '), closed, received: () => received }
}

test.each(everyPlatform.flatMap((platform) => [[platform, 'DELETE'] as const, [platform, 'POST'] as const]))(
  'F75 on %s a notice (%s) that trickles is answered after 10 seconds, and its connection ends',
  async (platform, method) => {
    const { begun, clock, credentials, handler } = createScene()
    const client = await startNotice(await platforms[platform](handler), method, credentials)
    await begun
    for (let second = 0; second < 9; second++) {
      client.trickle()
      await clock.advance(1_000)
    }
    expect(client.received()).toBe('')
    client.trickle()
    await clock.advance(1_000)
    await client.closed
    expect(client.received()).toMatch(/^HTTP\/1.1 400 [^]*malformed_notice/)
  },
)
