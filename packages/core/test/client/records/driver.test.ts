import { manualClock } from '@pd/fake-pipedrive'
import { describe, expect, test } from 'vitest'
import { Driver, pick, type Circumstances, type EventNow } from '../../../src/client/records/driver.ts'
import { Records } from '../../../src/client/records/records.ts'
import { Sealer } from '../../../src/client/records/sealer.ts'
import { memoryStore, type InstallationId, type OAuthEvent, type TokenStore } from '../../../src/index.ts'
import { hangs, troubledStore, waitsFor } from '../../flow/troubled-store.ts'
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

  test('submit() writes nothing where nothing changes, and says what was there', async () => {
    const { events, ours, slow } = await createScene()
    const decided = await ours.driver.submit('9:9', uninstall)
    expect([decided.before, decided.next, slow.calls('compareAndSet'), events]).toEqual([
      undefined,
      undefined,
      0,
      [],
    ])
  })

  test('submit() decides by the record that it is given, and reads only once that has changed', async () => {
    const { inner, ours, rival, slow } = await createScene()
    const record = await ours.driver.read(id)
    const before = slow.calls('get')
    await rival.driver.submit(id, claim('rival'))
    const { effects } = await ours.driver.submit(id, claim('ours'), { justRead: { record } })
    expect(effects.map(({ type }) => type)).toEqual(['wait'])
    expect(slow.calls('get') - before).toBe(1)
    const own = { justRead: { record: await ours.driver.read(id) } }
    await ours.driver.submit(id, uninstall, own)
    expect(slow.calls('get') - before).toBe(2)
    expect(await inner.get(id)).toBeUndefined()
  })

  test('submit() gives up a record that has changed during each of 1 000 tries', async () => {
    const { inner, ours, slow } = await createScene()
    slow.meet('compareAndSet', async <T>() => false as T)
    await expect(ours.driver.submit(id, uninstall)).rejects.toMatchObject({
      code: 'store_unavailable',
      installationId: id,
      message: expect.stringContaining('1000 tries'),
    })
    expect(slow.calls('compareAndSet')).toBe(1_000)
    expect(await inner.get(id)).toBeDefined()
  })

  test('submitToRemembered() reads where it remembers nothing, and where nothing would change', async () => {
    const { ours, rival, slow } = await createScene()
    await ours.driver.submitToRemembered(id, uninstall({ ...ours.driver.origin() }))
    expect(slow.calls('get')).toBe(1)
    const none = await rival.driver.submitToRemembered(id, uninstall(rival.driver.origin()))
    expect(none.before).toBeUndefined()
  })

  test('submitPersistently() gives a try half of the time that is left, and tries again', async () => {
    const { clock, events, inner, ours, slow } = await createScene()
    slow.meet('get', hangs, 2)
    const begin = clock.now()
    const decided = ours.driver.submitPersistently(id, uninstall)
    await clock.advance(5_000)
    expect((await decided).next).toBeUndefined()
    expect(await inner.get(id)).toBeUndefined()
    expect(events.map(({ type, at }) => [type, at - begin])).toEqual([
      ['store_failed', 2_500],
      ['store_failed', 2_500 + 50 + 1_225],
      ['uninstalled', 2_500 + 50 + 1_225 + 100],
    ])
  })

  test('submitPersistently() does not repeat what a later try cannot mend', async () => {
    const { inner, ours, slow } = await createScene()
    const stored = await inner.get(id)
    await inner.compareAndSet(id, stored?.version, { version: 'x', value: 'garbage' })
    await expect(ours.driver.submitPersistently(id, uninstall)).rejects.toMatchObject({
      code: 'unreadable_record',
    })
    expect(slow.calls('get')).toBe(1)
  })

  test.each<[Circumstances, object]>([
    [{}, {}],
    [
      { since: 400, cause: 'why', inBackground: true },
      { durationMs: 600, cause: 'why', inBackground: true },
    ],
    [{ inBackground: false }, {}],
  ])('an event says of the circumstances %j: %j', async ({ since, ...about }, said) => {
    const { clock, events, ours } = await createScene()
    const circumstances = { ...about, ...(since !== undefined && { since: clock.now() - 1_000 + since }) }
    await ours.driver.submit(id, uninstall, { about: circumstances })
    const [{ type, at: _, installationId, ...facts }] = events as [OAuthEvent & { installationId: string }]
    expect([type, installationId]).toEqual(['uninstalled', id])
    const names = ['durationMs', 'cause', 'inBackground']
    expect(Object.fromEntries(Object.entries(facts).filter(([name]) => names.includes(name)))).toEqual(said)
  })

  test('preview() and foresee() say what would be done, and store nothing', async () => {
    const { inner, ours, slow } = await createScene()
    const stored = await inner.get(id)
    const { before, effects } = await ours.driver.preview(id, claim('ours'))
    expect([before?.version, effects.map(({ type }) => type)]).toEqual([stored?.version, ['refresh']])
    const event = claim('ours')(ours.driver.origin())
    expect(ours.driver.foresee(id, event).map(({ type }) => type)).toEqual(['refresh'])
    expect(ours.driver.foresee('9:9', event).map(({ type }) => type)).toEqual(['fail'])
    expect([slow.calls('compareAndSet'), await inner.get(id)]).toEqual([0, stored])
  })

  test('an event names the reference of the installation, also of one that has gone', async () => {
    const { clock, events, inner, ours, rival } = await createScene()
    const stored = await inner.get(id)
    await rival.records.write(id, stored?.version, { ...activeState(clock.now()), reference: 'tenant-7' })
    await ours.driver.submit(id, uninstall)
    expect(events).toMatchObject([{ type: 'uninstalled', reference: 'tenant-7' }])
    const other = await createScene()
    await other.ours.driver.submit(id, uninstall)
    expect(other.events[0]).not.toHaveProperty('reference')
    expect(other.events[0]).not.toHaveProperty('cause')
  })

  test('submitToRemembered() decides anew, under the same circumstances, if the record has changed', async () => {
    const { clock, events, inner, ours, rival } = await createScene()
    await ours.records.read(id)
    const stored = await inner.get(id)
    await rival.records.write(id, stored?.version, activeState(clock.now(), 1))
    const event = uninstall(ours.driver.origin())
    const decided = await ours.driver.submitToRemembered(id, event, { about: { inBackground: true } })
    expect(decided.before?.state?.generation).toBe(1)
    expect(await inner.get(id)).toBeUndefined()
    expect(events).toMatchObject([{ type: 'uninstalled', inBackground: true }])
  })

  test('submitToRemembered() does not write again what is stored', async () => {
    const { ours, slow } = await createScene()
    await ours.records.read(id)
    const ofAnother = { ...uninstall(ours.driver.origin()), grantId: 'another' } as ReturnType<EventNow>
    const { before, next } = await ours.driver.submitToRemembered(id, ofAnother)
    expect(next).toBe(before?.state)
    expect(slow.calls('compareAndSet')).toBe(0)
  })

  test('submit() deletes a record that cannot be opened, although it has no state', async () => {
    const { inner, ours } = await createScene()
    const stored = await inner.get(id)
    await inner.compareAndSet(id, stored?.version, { version: 'x', value: 'garbage' })
    const { grantId: _, ...whole } = uninstall(ours.driver.origin()) as { grantId: string }
    await ours.driver.submit(id, () => whole as ReturnType<EventNow>, { toReplace: true })
    expect(await inner.get(id)).toBeUndefined()
  })
})
