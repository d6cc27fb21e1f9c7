import { once } from 'node:events'
import { connect } from 'node:net'
import { PipedriveOAuth } from '@pd/oauth-core'
import { expect, test } from 'vitest'
import { connect as connectUser } from '../connect.ts'
import { createWorld, platforms, startApp } from '../start-app.ts'
import { appModule } from './sync/app.module.ts'

const cases = platforms.flatMap((platform) =>
  ['application/json', 'application/x-www-form-urlencoded', undefined].map(
    (type) => [platform, type] as const,
  ),
)

/** Sends a notice byte by byte, for as long as the connection lasts. Resolves to what came back, and after how long. */
async function trickle(origin: string, lines: readonly string[]) {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(`${lines.join('\r\n')}\r\n\r\n{`)
  const timer = setInterval(() => socket.write(' '), 100)
  const begun = performance.now()
  let received = ''
  socket.on('data', (bytes) => (received += String(bytes)))
  // `once` would reject if a byte is on its way while the server closes.
  await new Promise((resolve) => socket.on('close', resolve))
  clearInterval(timer)
  return { received, ms: performance.now() - begun }
}

test.concurrent.each(cases)(
  'F75 on %s the body of a notice (%s) has 10 seconds, though a parser reads it first',
  { timeout: 60_000 },
  async (platform, type) => {
    await using world = await createWorld()
    await using running = await startApp(appModule({ ...world.options, sharingNotices: true }), { platform })
    await connectUser(world.fake, running.browser)
    const { clientId, clientSecret } = world.fake.app
    const head = (method: string) => [
      `${method} /pipedrive/callback HTTP/1.1`,
      'Host: localhost',
      `Authorization: Basic ${btoa(`${clientId}:${clientSecret}`)}`,
      'Content-Length: 100000',
      ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ]
    const ends = await Promise.all(['DELETE', 'POST'].map((method) => trickle(running.origin, head(method))))
    for (const { received, ms } of ends) {
      expect(received).toMatch(/^HTTP\/1.1 4\d\d/)
      expect(ms).toBeGreaterThan(9_900)
    }
    expect(await running.app.get(PipedriveOAuth).installation('1001:11').describe()).toBeDefined()
  },
)
