import { expect, test } from 'vitest'
import type { PipedriveOAuth } from '../../src/index.ts'
import { ada, createScene, day, hour, rejection } from './scene.ts'

/** A record of one app, in a store that a client of another app uses, too. Pipedrive says yes to whatever that one sends. */
async function createForeignScene() {
  const scene = createScene()
  await scene.connect(scene.client())
  const sent: string[] = []
  const fetch: typeof globalThis.fetch = async (input) => {
    sent.push(new Request(input).url)
    return new Response('{}')
  }
  return { ...scene, sent, stranger: scene.client({ clientId: 'another-app', fetch }) }
}

const writes: Record<string, (oauth: PipedriveOAuth) => Promise<unknown>> = {
  'accessToken()': (oauth) => oauth.installation(ada).accessToken(),
  'refresh()': (oauth) => oauth.installation(ada).refresh(),
  'revokeAccessToken()': (oauth) => oauth.installation(ada).revokeAccessToken(),
  'uninstall()': (oauth) => oauth.installation(ada).uninstall(),
  'forget()': (oauth) => oauth.installation(ada).forget(),
  'endSessions()': (oauth) => oauth.endSessions(ada),
}

test.each(Object.keys(writes))(
  "F17 %s refuses another app's record, and neither changes it nor asks Pipedrive",
  async (name) => {
    const { events, sent, store, stranger } = await createForeignScene()
    const [before, told] = [await store.get(ada), events.length]
    expect(await rejection(writes[name]!(stranger))).toMatchObject({
      code: 'client_rejected',
      installationId: ada,
      message: expect.stringContaining('this process has the client id another-app'),
    })
    expect([await store.get(ada), events.length, sent]).toEqual([before, told, []])
  },
)

test.each(Object.keys(writes))("F17 of a dead grant, too, %s refuses another app's record", async (name) => {
  const { client, clock, fake, sent, store, stranger } = await createForeignScene()
  await fake.uninstall()
  await clock.advance(2 * hour)
  await rejection(client().installation(ada).accessToken())
  const before = await store.get(ada)
  expect(await rejection(writes[name]!(stranger))).toMatchObject({ code: 'client_rejected' })
  await clock.advance(400 * day)
  await stranger.keepAlive()
  expect([await store.get(ada), sent]).toEqual([before, []])
})

test('F17 a record that cannot be opened is deleted by forget(), also that of another app', async () => {
  const { client, store } = await createForeignScene()
  const lost = client({ clientId: 'another-app', secrets: ['another-secret-that-is-long-0002'] })
  expect(await lost.installation(ada).forget()).toBe(true)
  expect(await store.get(ada)).toBeUndefined()
})
