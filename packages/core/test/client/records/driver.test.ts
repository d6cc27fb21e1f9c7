import { manualClock } from '@pd/fake-pipedrive'
import { describe, expect, test } from 'vitest'
import { Driver, pick, type EventNow } from '../../../src/client/records/driver.ts'
import { Records } from '../../../src/client/records/records.ts'
import { Sealer } from '../../../src/client/records/sealer.ts'
import { memoryStore, type InstallationId, type OAuthEvent, type TokenStore } from '../../../src/index.ts'
import { troubledStore, waitsFor } from '../../flow/troubled-store.ts'
import { settingsOf } from '../settings.ts'
import { activeState, hour } from './active-state.ts'

const id: InstallationId = '1:2'

/** An installation whose access token has expired, and any number of processes over its store. */
async function createScene() {
  const clock = manualClock()
  const inner = memoryStore()
  const events: OAuthEvent[] = []
  const createProcess = (store: TokenStore) => {
    const settings = settingsOf({ clock, store, onEvent: (event) => void events.push(event) })
    const records = new Records(settings, new Sealer(settings.secrets, 'records'))
    return { driver: new Driver(settings, records), records }
  }
  await createProcess(inner).records.write(id, undefined, activeState(clock.now()))
  await clock.advance(2 * hour)
  const slow = troubledStore(inner)
  return { clock, events, inner, ours: createProcess(slow.store), rival: createProcess(inner), slow }
}

const claim =
  (by: string): EventNow =>
  (origin) => ({ type: 'token_requested', ...origin, by })
const uninstall: EventNow = (origin) => ({
  type: 'uninstalled',
  ...origin,
  by: 'app',
  grantId: 'grant',
})

describe('Driver', () => {
  test('F08 submit() resolves, and tells of a change, only once the store has written it', async () => {
    const { clock, events, inner, ours, slow } = await createScene()
    const written = Promise.withResolvers<void>()
    slow.meet('compareAndSet', waitsFor(written.promise))
    let isDecided = false
    const decided = ours.driver.submit(id, uninstall).then(() => (isDecided = true))
    await clock.advance(0)
    expect([isDecided, events]).toEqual([false, []])

    written.resolve()
    await decided
    expect(events).toMatchObject([{ type: 'uninstalled', installationId: id }])
    expect(await inner.get(id)).toBeUndefined()
  })

  test('F02 submit() gives no order to refresh to a process whose claim another one has forestalled', async () => {
    const { clock, ours, rival, slow } = await createScene()
    const written = Promise.withResolvers<void>()
    slow.meet('compareAndSet', waitsFor(written.promise), 1)
    const late = ours.driver.submit(id, claim('ours'))
    await clock.advance(0)
    const first = await rival.driver.submit(id, claim('rival'))
    written.resolve()

    expect(pick(first.effects, 'refresh')?.lease.holder).toBe('rival')
    expect((await late).effects.map(({ type }) => type)).toEqual(['wait'])
  })

  test('F08 submitToRemembered() resolves only once the store has written what it decided', async () => {
    const { clock, events, inner, ours, slow } = await createScene()
    await ours.records.read(id)
    const written = Promise.withResolvers<void>()
    slow.meet('compareAndSet', waitsFor(written.promise))
    let isDecided = false
    const decided = ours.driver
      .submitToRemembered(id, uninstall(ours.driver.origin()))
      .then(() => (isDecided = true))
    await clock.advance(0)
    expect([isDecided, events]).toEqual([false, []])

    written.resolve()
    await decided
    expect(events).toMatchObject([{ type: 'uninstalled', installationId: id }])
    expect(await inner.get(id)).toBeUndefined()
  })
})
