import { describe, expect, test } from 'vitest'
import { ada, createScene, day, hour, minute, second, skewed } from '../../flow/scene.ts'
import { rejects, troubledStore } from '../../flow/troubled-store.ts'

/** A connected user, a process with the right time, and one whose clock is wrong. */
async function createWrongClockScene(byMs: number) {
  const scene = createScene()
  const [right, wrong] = [scene.client(), scene.client({ clock: skewed(scene.clock, byMs) })]
  await scene.connect(right)
  return { ...scene, right, wrong }
}

const endings = {
  'endSessions()': ({ right }) => right.endSessions(ada),
  'endSessions() of the process whose clock is wrong': ({ wrong }) => wrong.endSessions(ada),
  'an uninstall': ({ right }) => right.installation(ada).uninstall(),
} satisfies Record<string, (scene: Awaited<ReturnType<typeof createWrongClockScene>>) => Promise<unknown>>
const names = Object.keys(endings) as (keyof typeof endings)[]

describe.each([
  ['4 seconds ahead', 4 * second],
  ['4 hours ahead', 4 * hour],
  ['a year ahead', 365 * day],
  ['4 hours behind', -4 * hour],
])('one clock is %s', (_, byMs) => {
  test.each(names)('F70 no session comes back after %s, however long nobody looks', async (ending) => {
    const scene = await createWrongClockScene(byMs)
    const { clock, connect, right, wrong } = scene
    const sessions = [
      await wrong.issueSession(ada, 800 * day),
      await right.issueSession(ada, 800 * day),
      await wrong.issueSession(ada, 800 * day),
    ]
    await clock.advance(minute)
    await endings[ending](scene)
    await connect(ending === 'an uninstall' ? wrong : right)
    for (const passedMs of [second, 5 * hour, 10 * day, 400 * day]) {
      await clock.advance(passedMs)
      for (const reader of [right, wrong])
        expect(await Promise.all(sessions.map((session) => reader.readSession(session)))).toEqual([
          undefined,
          undefined,
          undefined,
        ])
    }
  })

  test.each(['endSessions()', 'a consent'])(
    'F70 after %s there, a right session is valid at once',
    async (what) => {
      const { connect, right, wrong } = await createWrongClockScene(byMs)
      if (what === 'a consent') await connect(wrong)
      else await wrong.endSessions(ada)
      expect(await right.readSession(await right.issueSession(ada, day))).toBe(ada)
    },
  )

  test('F70 a session from there is valid once the time that it was issued at has come', async () => {
    const { clock, right, wrong } = await createWrongClockScene(byMs)
    const session = await wrong.issueSession(ada, 800 * day)
    expect(await right.readSession(session)).toBe(byMs > 5 * second ? undefined : ada)
    await clock.advance(Math.max(byMs, 0))
    expect(await right.readSession(session)).toBe(ada)
  })
})

test.each([0, 1, 4 * second, 9 * second])(
  'F70 a session that is issued %i ms after endSessions() goes on, and those from before do not',
  async (ms) => {
    const { client, clock, right } = await createWrongClockScene(0)
    const [before, other] = [await right.issueSession(ada, day), client()]
    await other.readSession(before)
    await right.endSessions(ada)
    await clock.advance(ms)
    // The other process may not have heard of it yet.
    const after = [await right.issueSession(ada, day), await other.issueSession(ada, day)]
    await clock.advance(hour)
    for (const oauth of [right, other]) {
      expect(await Promise.all(after.map((session) => oauth.readSession(session)))).toEqual([ada, ada])
      expect(await oauth.readSession(before)).toBeUndefined()
    }
  },
)

test('F70 a session that was issued before the installation, or without one, does not count', async () => {
  const { client, connect } = createScene()
  const oauth = client()
  const early = await oauth.issueSession(ada, day)
  expect(await oauth.readSession(early)).toBeUndefined()
  await connect(oauth)
  expect(await oauth.readSession(early)).toBeUndefined()
})

test('F70 a session is issued from memory while the store does not answer', async () => {
  const { client, connect, store } = createScene()
  const troubled = troubledStore(store)
  const oauth = client({ store: troubled.store })
  await connect(oauth)
  troubled.meet('get', rejects)
  const session = await oauth.issueSession(ada, day)
  troubled.recover()
  expect(await oauth.readSession(session)).toBe(ada)
})
