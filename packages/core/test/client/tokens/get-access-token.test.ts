import { describe, expect, test, vi } from 'vitest'
import type { Driver, EventNow } from '../../../src/client/records/driver.ts'
import type { Records } from '../../../src/client/records/records.ts'
import { Abandonment } from '../../../src/client/runtime/abandonment.ts'
import { AccessTokens } from '../../../src/client/tokens/access-tokens.ts'
import type { Refreshes } from '../../../src/client/tokens/refreshes.ts'
import { ReauthorizationRequiredError, StoreError, TokenEndpointError } from '../../../src/errors.ts'
import { ConfigurationError, type OAuthEvent } from '../../../src/index.ts'
import type { Fail, InstallationEffect } from '../../../src/machine/installation/effect.ts'
import { activeState } from '../records/active-state.ts'
import { settingsOf } from '../settings.ts'
import { runningClock } from './running-clock.ts'

const id = '1:2'
const bearer = (accessToken: string) => ({ accessToken, apiDomain: 'https://a.pipedrive.com' })
const deliver = (accessToken: string): InstallationEffect => ({ type: 'deliver', ...bearer(accessToken) })
const order = { type: 'refresh' } as unknown as InstallationEffect
const waitFor = (until: number): InstallationEffect => ({ type: 'wait', until })
const away = () =>
  new StoreError('store_unavailable', 'The store is away.', { cause: new Error('ECONNREFUSED') })
const origin = { now: 7, server: 'here' }

/** Tokens over a machine that decides these effects, one list for each time it is asked. */
function createScene(...decisions: (readonly InstallationEffect[] | Error)[]) {
  const { clock, startAt, time, sleeps } = runningClock()
  const events: OAuthEvent[] = []
  const settings = {
    ...settingsOf({
      logger: false,
      policy: { storeGraceMs: 300 },
      onEvent: (event) => void events.push(event),
    }),
    clock,
  }
  const asked: object[] = []
  const submit = vi.fn(
    async (_id: string, event: EventNow, _how: { until?: number; justRead?: object | undefined }) => {
      asked.push(event(origin as never))
      const effects = decisions[asked.length - 1] ?? []
      if (effects instanceof Error) throw effects
      return { before: { version: `v${asked.length}`, state: undefined }, effects }
    },
  )
  const driver = {
    submit,
    read: vi.fn(async (): Promise<unknown> => undefined),
    foresee: vi.fn((): readonly InstallationEffect[] => []),
    origin: () => origin,
  }
  const refreshes = {
    hasUnsaved: false,
    saveUnsaved: vi.fn(async () => {}),
    begin: vi.fn(async (): Promise<readonly InstallationEffect[]> => []),
    running: vi.fn((): Promise<void> | undefined => undefined),
    unsavedToken: vi.fn((): ReturnType<typeof bearer> | undefined => undefined),
    follow: vi.fn((_work: Promise<unknown>, _waitUntil: unknown) => {}),
    causeOf: vi.fn((): Error | undefined => undefined),
  }
  const records = {
    canTellChanges: false,
    deliverable: vi.fn((): unknown => undefined),
    changed: vi.fn(async (): Promise<unknown> => undefined),
  }
  const tokens = new AccessTokens(
    settings,
    driver as unknown as Driver,
    refreshes as unknown as Refreshes,
    records as unknown as Records,
  )
  const get = ({
    rejected,
    abandonment = new Abandonment(),
    waitUntil,
    justRead,
  }: {
    rejected?: string
    abandonment?: Abandonment
    waitUntil?: (work: Promise<unknown>) => void
    justRead?: { record: undefined }
  } = {}) => tokens.get(id, rejected, abandonment, waitUntil, justRead)
  return { asked, driver, events, get, records, refreshes, settings, sleeps, startAt, time }
}

describe('a caller gets', () => {
  test('what the machine delivers, and nothing is told', async () => {
    const { asked, driver, events, get, startAt, refreshes } = createScene([deliver('a')])
    expect(await get()).toMatchObject(bearer('a'))
    expect(asked).toEqual([
      { type: 'token_requested', ...origin, by: expect.stringMatching(/^[\w-]{16}-1$/) },
    ])
    expect(driver.submit).toHaveBeenCalledExactlyOnceWith(id, expect.any(Function), {
      until: startAt + 5_000,
      justRead: undefined,
    })
    for (const method of [refreshes.begin, refreshes.saveUnsaved, refreshes.follow])
      expect(method).not.toHaveBeenCalled()
    expect(events).toEqual([])
  })

  test('another token than the one it rejects, by the record that was just read', async () => {
    const { asked, driver, get } = createScene([deliver('b')])
    const justRead = { record: undefined }
    expect(await get({ rejected: 'a', justRead })).toMatchObject(bearer('b'))
    expect(asked).toMatchObject([{ rejected: 'a' }])
    expect(driver.submit.mock.lastCall![2].justRead).toBe(justRead)
  })

  test('what the refresh brings that the machine orders', async () => {
    const { get, refreshes } = createScene([order])
    refreshes.begin.mockResolvedValueOnce([deliver('new')])
    const waitUntil = vi.fn()
    expect(await get({ waitUntil })).toMatchObject(bearer('new'))
    expect(refreshes.begin).toHaveBeenCalledExactlyOnceWith(id, order, waitUntil, false)
  })

  test('the old token while its refresh runs in the background', async () => {
    const { get, refreshes } = createScene([order, deliver('old')])
    refreshes.begin.mockReturnValueOnce(new Promise(() => {}))
    expect(await get()).toMatchObject(bearer('old'))
    expect(refreshes.begin).toHaveBeenCalledExactlyOnceWith(id, order, undefined, true)
  })

  test('the answer to another question if a refresh brings nothing, under a name of its own', async () => {
    const { asked, get, events } = createScene([order], [deliver('b')])
    expect(await get()).toMatchObject(bearer('b'))
    const names = asked.map((event) => (event as { by: string }).by)
    expect(names.map((name) => name.slice(-2))).toEqual(['-1', '-2'])
    expect(new Set(names.map((name) => name.slice(0, 16))).size).toBe(1)
    expect(events).toEqual([])
  })
})

describe('a caller waits for another process', () => {
  test('until a poll finds what that has saved, and it is told for how long', async () => {
    const { asked, events, get, sleeps } = createScene(
      [waitFor(9_999_999)],
      [waitFor(9_999_999)],
      [deliver('b')],
    )
    expect(await get()).toMatchObject(bearer('b'))
    expect(asked).toHaveLength(3)
    expect(sleeps).toEqual([10, 15])
    expect(events).toMatchObject([{ type: 'waited', installationId: id, durationMs: 25 }])
    expect(events[0]).not.toHaveProperty('code')
  })

  test('no longer than the machine says', async () => {
    const { get, sleeps, startAt } = createScene([waitFor(1_000_004)], [deliver('b')])
    expect(startAt).toBe(1_000_000)
    await get()
    expect(sleeps).toEqual([4])
  })

  test('and asks again by the record that the store hands over', async () => {
    const { driver, get, records, settings } = createScene([waitFor(9_999_999)], [deliver('b')])
    vi.spyOn(settings.clock, 'sleep').mockReturnValue(new Promise(() => {}))
    const record = { version: 'new' }
    records.canTellChanges = true
    records.changed.mockResolvedValueOnce(record)
    expect(await get()).toMatchObject(bearer('b'))
    expect(records.changed).toHaveBeenCalledExactlyOnceWith(id, 'v1', expect.any(AbortSignal))
    expect(driver.submit.mock.lastCall![2].justRead).toEqual({ record })
  })

  test('or for the refresh that runs in this process', async () => {
    const { driver, get, refreshes, settings } = createScene([waitFor(9_999_999)], [deliver('b')])
    vi.spyOn(settings.clock, 'sleep').mockReturnValue(new Promise(() => {}))
    refreshes.running.mockReturnValueOnce(Promise.resolve())
    expect(await get()).toMatchObject(bearer('b'))
    expect(refreshes.running).toHaveBeenCalledExactlyOnceWith(id)
    expect(driver.submit.mock.lastCall![2].justRead).toBeUndefined()
  })

  test('until it is abandoned', async () => {
    const { asked, events, get, time } = createScene([waitFor(9_999_999)])
    const abandonment = new Abandonment()
    time.whileAsleep = () => abandonment.abandon()
    const refused = await get({ abandonment }).catch((error: unknown) => error)
    expect(refused).toBe(abandonment.signal.reason)
    expect(asked).toHaveLength(1)
    expect(events).toMatchObject([{ type: 'waited' }])
  })

  test('until the wait fails, and it is told with what', async () => {
    const { events, get } = createScene(
      [waitFor(9_999_999)],
      [{ type: 'fail', code: 'reauthorization_required' }],
    )
    await expect(get()).rejects.toThrow(ReauthorizationRequiredError)
    expect(events).toMatchObject([{ type: 'waited', durationMs: 10, code: 'reauthorization_required' }])
  })
})

test('nothing is asked for a caller who has gone', async () => {
  const { asked, get } = createScene([deliver('a')])
  const abandonment = new Abandonment()
  abandonment.abandon()
  await expect(get({ abandonment })).rejects.toBe(abandonment.signal.reason)
  expect(asked).toEqual([])
})

describe('a caller is refused', () => {
  const cause = new Error('Pipedrive said no.')
  const refusalOf = async (fail: Omit<Fail, 'type'>) => {
    const { get, refreshes } = createScene([{ type: 'fail', ...fail }])
    refreshes.causeOf.mockReturnValue(cause)
    return get().then(
      () => new Error('It was not refused.'),
      (error: Error) => error,
    )
  }

  test('where nothing is installed', async () => {
    const refused = await refusalOf({ code: 'not_installed' })
    expect(refused).toBeInstanceOf(ReauthorizationRequiredError)
    expect(refused).toMatchObject({ code: 'not_installed', installationId: id })
    expect(refused.cause).toBeUndefined()
  })

  test('where the grant is dead, with the reason that this process knows', async () => {
    const refused = await refusalOf({ code: 'reauthorization_required' })
    expect(refused).toBeInstanceOf(ReauthorizationRequiredError)
    expect(refused).toMatchObject({ code: 'reauthorization_required', installationId: id, cause })
  })

  test('where Pipedrive cannot be asked, until when and why', async () => {
    const refused = await refusalOf({ code: 'token_endpoint_timeout', retryAfterMs: 9 })
    expect(refused).toBeInstanceOf(TokenEndpointError)
    expect(refused).toMatchObject({
      code: 'token_endpoint_timeout',
      retryAfterMs: 9,
      installationId: id,
      cause,
    })
  })

  test('where another app has written the record', async () => {
    const refused = await refusalOf({ code: 'not_installed', writtenBy: 'other-client' })
    expect(refused).toMatchObject({ code: 'client_rejected', installationId: id })
    expect(refused.message).toContain('other-client')
    expect(refused.message).toContain('a-client')
  })
})

describe('what is unsaved', () => {
  test('is saved first, and then the record is read', async () => {
    const { driver, get, refreshes, startAt } = createScene([deliver('b')])
    refreshes.hasUnsaved = true
    expect(await get({ justRead: { record: undefined } })).toMatchObject(bearer('b'))
    expect(refreshes.saveUnsaved).toHaveBeenCalledExactlyOnceWith(id, startAt + 5_000)
    expect(driver.submit.mock.lastCall![2].justRead).toBeUndefined()
  })

  test('serves while the store does not answer', async () => {
    const { events, get, refreshes } = createScene(away())
    refreshes.hasUnsaved = true
    refreshes.unsavedToken.mockReturnValue(bearer('unsaved'))
    expect(await get({ rejected: 'a' })).toMatchObject(bearer('unsaved'))
    expect(refreshes.unsavedToken).toHaveBeenCalledWith(id, 'a')
    expect(events).toMatchObject([
      {
        type: 'served_without_store',
        installationId: id,
        code: 'store_unavailable',
        cause: expect.stringContaining('ECONNREFUSED'),
      },
    ])
  })
})

describe('a token in memory', () => {
  const state = activeState(1_000_000)
  const known = { version: 'v', state }

  test('is confirmed by one read, and the machine is not asked', async () => {
    const { asked, driver, get, records, startAt } = createScene()
    records.deliverable.mockReturnValue(known)
    driver.read.mockResolvedValueOnce(known)
    expect(await get()).toMatchObject({ accessToken: state.tokens.accessToken })
    expect(driver.read).toHaveBeenCalledExactlyOnceWith(id, false, startAt + 5_000)
    expect(asked).toEqual([])
  })

  test.each([
    ['a caller rejects one', { rejected: 'a' }, false],
    ['the record was just read', { justRead: { record: undefined } }, false],
    ['something is unsaved', {}, true],
  ])('is not looked at where %s', async (_, wanted, hasUnsaved) => {
    const { driver, get, records, refreshes } = createScene([deliver('b')])
    records.deliverable.mockReturnValue(known)
    refreshes.hasUnsaved = hasUnsaved
    expect(await get(wanted)).toMatchObject(bearer('b'))
    expect(driver.read).not.toHaveBeenCalled()
  })

  test('is not delivered if the record is another by now', async () => {
    const { driver, get, records, startAt } = createScene([deliver('b')])
    const record = { version: 'w' }
    records.deliverable.mockReturnValue(known)
    driver.read.mockResolvedValueOnce(record)
    expect(await get()).toMatchObject(bearer('b'))
    expect(driver.submit.mock.lastCall![2]).toEqual({ until: startAt + 5_000, justRead: { record } })
  })

  test('is not delivered if it has expired during the read', async () => {
    const { driver, get, records } = createScene([deliver('b')])
    records.deliverable.mockReturnValueOnce(known)
    driver.read.mockResolvedValueOnce(known)
    expect(await get()).toMatchObject(bearer('b'))
    expect(driver.submit.mock.lastCall![2].justRead).toEqual({ record: known })
  })

  test.each([away(), new ConfigurationError(['The table does not exist.'])])(
    'is served without a store that fails with %o, once, and the event says with what',
    async (failure) => {
      const { driver, events, get, refreshes } = createScene(failure)
      driver.foresee.mockReturnValue([deliver('memory')])
      const waitUntil = vi.fn()
      expect(await get({ waitUntil })).toMatchObject(bearer('memory'))
      expect(events).toMatchObject([{ type: 'served_without_store', installationId: id, code: failure.code }])
      expect(refreshes.follow).toHaveBeenCalledExactlyOnceWith(expect.any(Promise), waitUntil)
      await expect(refreshes.follow.mock.lastCall![0]).resolves.toBeUndefined()
    },
  )

  test.each([
    new StoreError('unreadable_record', 'The record cannot be read.'),
    new Error('Something else.'),
  ])('is not served instead of %o', async (failure) => {
    const { driver, events, get } = createScene(failure)
    driver.foresee.mockReturnValue([deliver('memory')])
    await expect(get()).rejects.toBe(failure)
    expect(events).toEqual([])
  })

  test('is not served if it is not valid any more when the store fails', async () => {
    const failure = away()
    const { driver, events, get } = createScene(failure)
    driver.foresee.mockReturnValueOnce([deliver('memory')])
    await expect(get()).rejects.toBe(failure)
    expect(events).toEqual([])
  })

  test('is served when the store takes longer than policy.storeGraceMs, and its refresh then runs in the background', async () => {
    const { driver, events, get, refreshes, settings } = createScene([order])
    driver.foresee.mockReturnValue([deliver('memory')])
    const late = Promise.withResolvers<void>()
    const submit = driver.submit.getMockImplementation()!
    driver.submit.mockImplementationOnce(async (...words) => {
      await late.promise
      return submit(...words)
    })
    const after = vi.spyOn(settings.clock, 'after').mockImplementation((_ms, run) => {
      queueMicrotask(run)
      return () => {}
    })
    expect(await get()).toMatchObject(bearer('memory'))
    expect(after).toHaveBeenCalledWith(300, expect.any(Function))
    expect(events).toMatchObject([
      { type: 'served_without_store', code: 'store_unavailable', cause: expect.stringContaining('300') },
    ])
    late.resolve()
    await refreshes.follow.mock.lastCall![0]
    expect(refreshes.begin).toHaveBeenCalledExactlyOnceWith(id, order, undefined, true)
  })
})
