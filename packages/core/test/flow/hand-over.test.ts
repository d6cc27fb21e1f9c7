import { describe, expect, test } from 'vitest'
import type { StoredRecord, TokenStore } from '../../src/index.ts'
import { ada, createScene, failure, hour, second } from './scene.ts'
import { troubledStore } from './troubled-store.ts'

type Changed = NonNullable<TokenStore['changed']>
type HandOver = Awaited<ReturnType<Changed>>

/** A caller that waits while another process refreshes, over a store whose hand-overs the test can hold and change. */
async function createWaitingScene(handOver: (sound: HandOver) => unknown = (sound) => sound) {
  const scene = createScene({ rotateRefreshTokens: true })
  const rival = scene.client()
  await scene.connect(rival)
  await scene.clock.advance(2 * hour)
  const counted = troubledStore(scene.store)
  const released = Promise.withResolvers<void>()
  let isHeld = false
  const changed: Changed = async (...wait) => {
    const sound = await counted.store.changed(...wait)
    if (isHeld) await released.promise
    return handOver(sound) as HandOver
  }
  const oauth = scene.client({ store: { ...counted.store, changed }, policy: { waitMs: 20 * second } })
  const gate = scene.fake.faults.hold({ endpoint: 'token', when: 'after' })
  const theirs = rival.installation(ada).accessToken()
  await gate.reached
  const ours = oauth.installation(ada).accessToken()
  await scene.clock.advance(0)
  return {
    ...scene,
    rival,
    oauth,
    ours,
    theirs,
    reads: () => counted.calls('get'),
    hold: () => (isHeld = true),
    release: released.resolve,
    async save() {
      gate.release()
      await theirs
      await scene.clock.advance(0)
    },
  }
}

test('a caller that waited opens the record that the store handed over, without a read', async () => {
  const { oauth, ours, reads, refreshes, save, theirs } = await createWaitingScene()
  const before = reads()
  await save()
  expect(await ours).toBe(await theirs)
  expect(await oauth.installation(ada).accessToken()).toBe(await theirs)
  expect([reads() - before, refreshes()]).toEqual([0, 1])
})

describe('the record is read', () => {
  const damaged = (sound: HandOver) => sound && { ...sound, value: `${sound.value.slice(0, -4)}AAAA` }
  test.each<[string, (sound: HandOver) => unknown]>([
    ['if the store hands over nothing', () => undefined],
    ['if the store resolves to something else', () => ['a message', 'channel']],
    ['if the record that it hands over cannot be opened', damaged],
    ['if the record that it hands over is of another installation', otherInstallation],
  ])('%s', async (_, handOver) => {
    const { ours, reads, refreshes, save, theirs } = await createWaitingScene(handOver)
    const before = reads()
    await save()
    expect(await ours).toBe(await theirs)
    expect([reads() - before, refreshes()]).toEqual([1, 1])
  })
})

test('a hand-over that comes late gives no token of a user whose uninstall this process was told of', async () => {
  const { fake, hold, oauth, ours, release, save } = await createWaitingScene()
  hold()
  const waiting = failure(ours)
  await save()
  await oauth.handleUninstall((await fake.uninstall()).request)
  release()
  expect(await waiting).toBe('not_installed')
  expect(await failure(oauth.installation(ada).accessToken())).toBe('not_installed')
})

test('a hand-over that comes late does not replace what was read meanwhile', async () => {
  const { hold, oauth, ours, release, rival, save, clock } = await createWaitingScene()
  hold()
  await save()
  await rival.installation(ada).refresh()
  const newest = await rival.installation(ada).accessToken()
  expect(await oauth.installation(ada).describe()).toMatchObject({ refreshes: 2 })
  release()
  await clock.advance(0)
  expect([await ours, await oauth.installation(ada).accessToken()]).toEqual([newest, newest])
})

function otherInstallation(sound: HandOver): StoredRecord {
  return { version: 'of-another', value: (sound as StoredRecord).value.replace(/^[^.]*/, btoa('{}')) }
}
