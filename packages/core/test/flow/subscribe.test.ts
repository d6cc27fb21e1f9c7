import { expect, test, vi } from 'vitest'
import type { OAuthEvent } from '../../src/index.ts'
import { ada, createScene } from './scene.ts'

test('subscribe() calls every listener for every event until it is ended', async () => {
  const { client, connect, clock, happened } = createScene()
  const oauth = client()
  const first: OAuthEvent[] = []
  const second: string[] = []
  const endFirst = oauth.subscribe((event) => void first.push(event))
  oauth.subscribe(({ type }) => void second.push(type))
  const at = clock.now()
  await connect(oauth)
  endFirst()
  endFirst()
  await oauth.installation(ada).uninstall()
  expect(first).toMatchObject([
    { type: 'consent_started', at },
    { type: 'installed', installationId: ada, at },
  ])
  expect(second).toEqual(['consent_started', 'installed', 'uninstalled'])
  expect(happened()).toEqual(['installed', 'uninstalled'])
})

test('subscribe() counts a function that is given twice as two listeners', async () => {
  const { client, connect } = createScene()
  const oauth = client()
  const types: string[] = []
  const listener = ({ type }: OAuthEvent) => void types.push(type)
  const end = oauth.subscribe(listener)
  oauth.subscribe(listener)
  await connect(oauth)
  end()
  await connect(oauth)
  expect(types.filter((type) => type === 'installed')).toHaveLength(3)
})

test('a listener that fails is logged once, and the others hear the event', async () => {
  const { client, connect } = createScene()
  const oauth = client({ onEvent: undefined })
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  const heard: string[] = []
  oauth.subscribe(({ type }) => {
    if (type === 'installed') throw new Error('first')
  })
  oauth.subscribe(async ({ type }) => {
    if (type === 'installed') throw new Error('second')
  })
  oauth.subscribe(({ type }) => void heard.push(type))
  await connect(oauth)
  expect(heard).toEqual(['consent_started', 'installed'])
  expect(logged.mock.calls.map(([text]) => String(text).split('\n')[0])).toEqual(
    ['first', 'second'].map(
      (cause) =>
        `Pipedrive OAuth: a listener of events failed at installed (unexpected_error, installation ${ada}). ` +
        `Cause: ${cause}. What to do: Correct the listener. Nothing else is affected.`,
    ),
  )
  expect(String(logged.mock.calls[0])).toMatch(/\n +at .*subscribe\.test\.ts/)
  logged.mockRestore()
})

test('await using waits until the refresh under way is saved', async () => {
  const { client, connect, clock, fake, store } = createScene()
  await connect(client())
  await clock.advance(58 * 60_000)
  const gate = fake.faults.hold({ endpoint: 'token' })
  const before = await store.get(ada)
  let isOver = false
  const block = (async () => {
    await using oauth = client()
    await oauth.installation(ada).accessToken() // delivers the old token and refreshes in the background
  })().then(() => (isOver = true))
  await gate.reached
  expect(isOver).toBe(false)
  gate.release()
  await block
  expect((await store.get(ada))?.version).not.toBe(before?.version)
  expect(await client().installation(ada).describe()).toMatchObject({ status: 'active', refreshes: 1 })
})
