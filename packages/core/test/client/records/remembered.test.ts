import { manualClock } from '@pd/fake-pipedrive'
import { describe, expect, test } from 'vitest'
import { Records } from '../../../src/client/records/records.ts'
import { Sealer } from '../../../src/client/records/sealer.ts'
import { memoryStore, type InstallationId, type TokenStore } from '../../../src/index.ts'
import type { InstallationState } from '../../../src/machine/installation/state.ts'
import { settingsOf } from '../settings.ts'
import { activeState } from './active-state.ts'

const id: InstallationId = '1:2'

/** Records over a store that tells nobody of changes. */
function createScene() {
  const clock = manualClock()
  const { watch: _watch, changed: _changed, ...inner } = memoryStore()
  const settings = settingsOf({ clock, store: inner as TokenStore, logger: false })
  const open = () => new Records(settings, new Sealer(settings.secrets, 'records'))
  const state = activeState(clock.now())
  return { clock, inner, open, state }
}

const refused = (state: InstallationState): InstallationState => {
  const { tokens: _tokens, ...rest } = state as ReturnType<typeof activeState>
  return {
    ...rest,
    status: 'reauthorization_required',
    reason: 'invalid_grant',
    refusedAt: rest.installedAt,
    refused: { refreshToken: 'r', obtainedAt: rest.installedAt },
  }
}

describe('what records remember', () => {
  test('is nothing before the first read', () => {
    const records = createScene().open()
    expect(records.remembered(id)).toBeUndefined()
    expect(records.deliverable(id)).toBeUndefined()
    expect(records.servableState(id)).toBeUndefined()
    expect(records.servableBearer(id)).toBeUndefined()
    expect(records.hasEnded(id, 'grant')).toBe(false)
  })

  test('is what was written, with its version', async () => {
    const { inner, open, state } = createScene()
    const records = open()
    await records.write(id, undefined, state)
    const stored = (await inner.get(id))!
    expect(records.remembered(id)).toEqual({ version: stored.version, state })
    expect(records.deliverable(id)).toEqual({ version: stored.version, state })
    expect(records.servableState(id)).toEqual(state)
  })

  test('is that there is no record, once it is deleted', async () => {
    const { inner, open, state } = createScene()
    const records = open()
    await records.write(id, undefined, state)
    const { version } = (await inner.get(id))!
    expect(await records.write(id, version, undefined)).toBe(true)
    expect(records.remembered(id)).toBeUndefined()
    expect(records.servableState(id)).toBeUndefined()
    expect(records.servableBearer(id)).toBeUndefined()
    expect(records.hasEnded(id, 'grant')).toBe(true)
  })

  test('is nothing any more once another process has written first', async () => {
    const { inner, open, state } = createScene()
    const [ours, theirs] = [open(), open()]
    await ours.write(id, undefined, state)
    const { version } = (await inner.get(id))!
    await theirs.write(id, version, { ...state, grantId: 'other' })
    expect(await ours.write(id, version, state)).toBe(false)
    expect(ours.remembered(id)).toBeUndefined()
    expect(ours.hasEnded(id, 'grant')).toBe(false)
  })

  test('tells whether a grant has ended: another one has the record, or it cannot be opened', async () => {
    const { open, state } = createScene()
    const records = open()
    await records.write(id, undefined, state)
    expect(records.hasEnded(id, 'grant')).toBe(false)
    expect(records.hasEnded(id, 'other')).toBe(true)
  })

  test('is a record without a state if it was read to be replaced', async () => {
    const { inner, open } = createScene()
    await inner.compareAndSet(id, undefined, { version: 'x', value: 'garbage' })
    const records = open()
    expect(await records.read(id, true)).toEqual({ version: 'x', state: undefined })
    expect(records.servableState(id)).toBeUndefined()
    expect(records.servableBearer(id)).toBeUndefined()
    expect(records.hasEnded(id, 'grant')).toBe(true)
    await expect(records.read(id)).rejects.toMatchObject({
      code: 'unreadable_record',
      installationId: id,
      message: expect.stringContaining(`installation ${id} is damaged`),
    })
  })
})

describe('a stored record', () => {
  test('is marked if somebody should look at it, and not otherwise', async () => {
    const { inner, open, state } = createScene()
    const records = open()
    await records.write(id, undefined, state)
    const stored = (await inner.get(id))!
    expect(stored).not.toHaveProperty('attention')
    await records.write(id, stored.version, refused(state))
    expect(await inner.get(id)).toMatchObject({ attention: true })
  })

  test('of a newer version of the library, and one under an unknown secret, are named as such', async () => {
    const { clock, inner, open, state } = createScene()
    const settings = settingsOf({
      clock,
      store: inner as TokenStore,
      secrets: ['another-sealing-secret-of-these-tests'],
    })
    await new Records(settings, new Sealer(settings.secrets, 'records')).write(id, undefined, state)
    await expect(open().read(id)).rejects.toMatchObject({ code: 'unknown_key', installationId: id })

    const own = settingsOf()
    const value = await new Sealer(own.secrets, 'records').seal('9:9', { format: 99_999 })
    await inner.compareAndSet('9:9', undefined, { version: 'x', value })
    await expect(open().read('9:9')).rejects.toMatchObject({
      code: 'unreadable_record',
      installationId: '9:9',
      message: expect.stringContaining('newer version'),
    })
  })
})
