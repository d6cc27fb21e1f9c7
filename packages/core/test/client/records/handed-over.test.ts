import { manualClock } from '@pd/fake-pipedrive'
import { describe, expect, test, vi } from 'vitest'
import { Records } from '../../../src/client/records/records.ts'
import { Sealer } from '../../../src/client/records/sealer.ts'
import {
  memoryStore,
  type InstallationId,
  type OAuthEvent,
  type StoredRecord,
  type TokenStore,
} from '../../../src/index.ts'
import { settingsOf } from '../settings.ts'
import { activeState } from './active-state.ts'

const id: InstallationId = '1:2'

/** Records over a store that hands over what the test says, and another process that writes. */
async function createScene(options: Partial<TokenStore> = {}) {
  const clock = manualClock()
  const inner = memoryStore()
  const handed = Promise.withResolvers<StoredRecord | undefined>()
  const changed = vi.fn((_id: InstallationId, _version: string, _signal: AbortSignal) => handed.promise)
  const events: OAuthEvent[] = []
  const open = (store: TokenStore) => {
    const settings = settingsOf({ clock, store, logger: false, onEvent: (event) => void events.push(event) })
    return new Records(settings, new Sealer(settings.secrets, 'records'))
  }
  const get = vi.fn(inner.get)
  const ours = open({ ...inner, get, changed, ...options })
  const theirs = open(inner)
  await theirs.write(id, undefined, activeState(clock.now(), 0))
  const first = (await ours.read(id))!
  const overwrite = async (generation = 1) => {
    const { version } = (await theirs.read(id))!
    await theirs.write(id, version, activeState(clock.now(), generation))
    return (await inner.get(id))!
  }
  get.mockClear()
  const over = new AbortController()
  const wait = (version: string | undefined = first.version) => ours.changed(id, version, over.signal)
  return { changed, clock, events, first, get, handed, inner, ours, over, overwrite, theirs, wait }
}

/** Whether a promise is still pending after what runs now has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const turn = new Promise<string>((resolve) => setImmediate(() => resolve('pending')))
  return (await Promise.race([promise.then(() => 'settled'), turn])) === 'pending'
}

describe('a record that the store hands over', () => {
  test('is opened, kept in memory, and needs no read', async () => {
    const { changed, get, handed, ours, over, overwrite, wait, first } = await createScene()
    const waiting = wait()
    handed.resolve(await overwrite())
    expect((await waiting)?.state?.generation).toBe(1)
    expect(changed).toHaveBeenCalledExactlyOnceWith(id, first.version, over.signal)
    expect(await ours.servableToken(id)).toBe('access-1')
    expect(get).not.toHaveBeenCalled()
  })

  test('serves its token with the origin that this may be sent to', async () => {
    const { handed, ours, overwrite, wait } = await createScene()
    const waiting = wait()
    handed.resolve(await overwrite())
    await waiting
    expect(ours.servableBearer(id)).toEqual({
      accessToken: 'access-1',
      apiDomain: 'https://acme.pipedrive.com',
    })
    expect(ours.servableBearer('9:9')).toBeUndefined()
  })

  test('is not used if it is the version that was waited with', async () => {
    const { handed, inner, ours, wait } = await createScene()
    const waiting = wait()
    handed.resolve(await inner.get(id))
    expect(await waiting).toBeUndefined()
    expect(await ours.servableToken(id)).toBe('access-0')
  })

  test('is not used if memory has got another one meanwhile', async () => {
    const { handed, ours, overwrite, wait } = await createScene()
    const waiting = wait()
    const second = await overwrite(1)
    await overwrite(2)
    await ours.read(id)
    handed.resolve(second)
    expect(await waiting).toBeUndefined()
    expect(await ours.servableToken(id)).toBe('access-2')
  })

  test('is not used once the caller has gone', async () => {
    const { handed, ours, over, overwrite, wait } = await createScene()
    const waiting = wait()
    over.abort()
    handed.resolve(await overwrite())
    expect(await waiting).toBeUndefined()
    expect(ours.remembered(id)?.state?.generation).toBe(0)
  })

  test('is not used if it cannot be opened: a read will tell why', async () => {
    const { events, handed, ours, wait } = await createScene()
    const waiting = wait()
    handed.resolve({ version: 'other', value: 'garbage' })
    expect(await waiting).toBeUndefined()
    expect(await ours.servableToken(id)).toBe('access-0')
    expect(events).toEqual([])
  })

  test('may be missing: then the record is to be read', async () => {
    const { handed, wait } = await createScene()
    const waiting = wait()
    handed.resolve(undefined)
    expect(await waiting).toBeUndefined()
  })
})

describe('a wait never ends', () => {
  test('over a store that does not tell', async () => {
    const { ours, wait } = await createScene({ changed: undefined as never })
    expect(ours.canTellChanges).toBe(false)
    expect(await isPending(wait())).toBe(true)
  })

  test('for a record that is not there', async () => {
    const { changed, ours, over } = await createScene()
    expect(ours.canTellChanges).toBe(true)
    expect(await isPending(ours.changed(id, undefined, over.signal))).toBe(true)
    expect(changed).not.toHaveBeenCalled()
  })

  test('if the store fails, which an event tells once', async () => {
    const { clock, events, handed, wait } = await createScene()
    const waiting = wait()
    await clock.advance(70)
    handed.reject(new Error('ECONNRESET'))
    expect(await isPending(waiting)).toBe(true)
    expect(events).toMatchObject([
      {
        installationId: id,
        type: 'store_failed',
        operation: 'changed',
        code: 'store_unavailable',
        durationMs: 70,
        inBackground: true,
        cause: expect.stringContaining('ECONNRESET'),
      },
    ])
  })

  test('if the store fails because the caller has gone, which nobody is told', async () => {
    const { events, handed, over, wait } = await createScene()
    const waiting = wait()
    over.abort()
    handed.reject(new Error('aborted'))
    expect(await isPending(waiting)).toBe(true)
    expect(events).toEqual([])
  })
})

describe('the watch on the store', () => {
  const watching = () => {
    const close = vi.fn(async () => {})
    return { close, watch: vi.fn(async () => ({ lost: new Promise<void>(() => {}), close })) }
  }

  test('is reported, and closed with the records', async () => {
    const { close, watch } = watching()
    const { ours } = await createScene({ watch: watch as never })
    await expect.poll(() => ours.watchReport()).toMatchObject({})
    expect(watch).toHaveBeenCalledOnce()
    await ours.close()
    expect(close).toHaveBeenCalledOnce()
  })

  test('is not there over a store that does not tell', async () => {
    const { ours } = await createScene({ watch: undefined as never })
    expect(ours.watchReport()).toBeUndefined()
    await expect(ours.close()).resolves.toBeUndefined()
  })
})
