import { describe, expect, test } from 'vitest'
import type { PipedriveOAuthOptions, TokenStore } from '../../src/index.ts'
import { ada, createScene, failure, hour, inTime, minute, second } from './scene.ts'
import { hangs, rejects, troubledStore, waitsFor } from './troubled-store.ts'

type Watch = NonNullable<TokenStore['watch']>

/** An installation over a store whose watch can be cut, delayed and silenced. */
async function createHearingScene(options: Partial<PipedriveOAuthOptions> = {}) {
  const scene = createScene({ rotateRefreshTokens: true })
  const troubled = troubledStore(scene.store)
  const watches: { cut: (cause?: unknown) => void; beat: () => void; isOpen: boolean }[] = []
  let isDeaf = false
  const held: (() => void)[] = []
  let isHeld = false
  const watch: Watch = async (changed, { heartbeat }) => {
    const inner = await troubled.store.watch(
      (id, version) => {
        if (isDeaf) return
        if (isHeld) held.push(() => changed(id, version))
        else changed(id, version)
      },
      { heartbeatMs: 1 },
    )
    const { promise: lost, resolve } = Promise.withResolvers<unknown>()
    const opened = { cut: resolve, beat: () => heartbeat?.()(), isOpen: true }
    watches.push(opened)
    return {
      lost,
      close: async () => {
        opened.isOpen = false
        await inner.close()
        resolve(undefined)
      },
    }
  }
  const store = { ...troubled.store, watch }
  const oauth = scene.client({ store, ...options })
  const elsewhere = scene.client()
  await scene.connect(oauth)
  // The write of the consent began before the watch stood: one read, after cacheMs, and memory hears.
  await scene.clock.advance(5 * second)
  await oauth.installation(ada).accessToken()
  const asked = () => troubled.calls('get')
  return {
    ...scene,
    troubled,
    oauth,
    elsewhere,
    installation: oauth.installation(ada),
    watches,
    latest: () => watches.at(-1)!,
    asked,
    deafen: () => (isDeaf = true),
    hold: () => (isHeld = true),
    release: () => {
      isHeld = false
      for (const tell of held.splice(0)) tell()
    },
  }
}

describe('while the store tells of changes', () => {
  test('memory is served without a read, long after cacheMs', async () => {
    const { asked, clock, installation } = await createHearingScene()
    const before = asked()
    for (let index = 0; index < 9; index++) {
      await clock.advance(5 * minute)
      await installation.accessToken()
    }
    expect(asked()).toBe(before)
  })

  test('an uninstall at another process counts at once', async () => {
    const { elsewhere, fake, installation } = await createHearingScene()
    await installation.accessToken()
    await elsewhere.handleUninstall((await fake.uninstall()).request)
    expect(await failure(installation.accessToken())).toBe('not_installed')
  })

  test('a new connection at another process counts at once', async () => {
    const { connect, elsewhere, fake, installation } = await createHearingScene()
    const before = await installation.accessToken()
    await connect(elsewhere)
    const after = await installation.accessToken()
    expect(after).not.toBe(before)
    expect(fake.serverAccepts(after)).toBe(true)
  })

  test('a refresh at another process counts at once', async () => {
    const { elsewhere, installation, refreshes } = await createHearingScene()
    const before = await installation.accessToken()
    await elsewhere.installation(ada).refresh()
    expect(await installation.accessToken()).not.toBe(before)
    expect(refreshes()).toBe(1)
  })

  test('sessions that are ended at another process end at once', async () => {
    const { clock, elsewhere, oauth } = await createHearingScene()
    const session = await oauth.issueSession(ada, hour)
    expect(await oauth.readSession(session)).toBe(ada)
    await clock.advance(minute)
    await elsewhere.endSessions(ada)
    expect(await oauth.readSession(session)).toBeUndefined()
  })

  test('own writes cause no read, whether their news come before or after their answers', async () => {
    const { asked, hold, installation, release } = await createHearingScene()
    await installation.refresh()
    const before = asked()
    const token = await installation.accessToken()
    hold()
    await installation.refresh()
    const between = asked()
    expect(await installation.accessToken()).not.toBe(token)
    release()
    await installation.accessToken()
    expect([asked() - between, between - before]).toEqual([0, expect.any(Number)])
  })

  test('a read that began before a change and ends after it is not served from memory', async () => {
    const { clock, elsewhere, fake, installation, store, troubled } = await createHearingScene()
    await elsewhere.installation(ada).refresh()
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    troubled.meet('get', async (work) => {
      const found = await work()
      await released
      return found
    })
    const slow = installation.accessToken()
    await clock.advance(0)
    await elsewhere.handleUninstall((await fake.uninstall()).request)
    expect(await store.get(ada)).toBeUndefined()
    troubled.recover()
    release()
    await slow
    expect(await failure(installation.accessToken())).toBe('not_installed')
  })

  test('cacheMs: 0 opens no watch and reads every time', async () => {
    const { asked, installation, watches } = await createHearingScene({ policy: { cacheMs: 0 } })
    const before = asked()
    await installation.accessToken()
    await installation.accessToken()
    expect([asked() - before, watches.length]).toEqual([2, 0])
  })
})

describe('when the watch is lost', () => {
  const cause = new Error('read ECONNRESET')

  test('memory that is older than cacheMs is not served any more, also once the next watch stands', async () => {
    const { asked, clock, installation, latest, watches } = await createHearingScene()
    await clock.advance(minute)
    await installation.accessToken()
    const before = asked()
    latest().cut(cause)
    await clock.advance(0)
    await installation.accessToken()
    expect([asked() - before, watches.length]).toEqual([1, 2])
  })

  test('what happened while no watch stood is noticed after cacheMs at the latest', async () => {
    const { clock, deafen, elsewhere, fake, installation, latest, troubled } = await createHearingScene()
    await elsewhere.installation(ada).refresh()
    await installation.accessToken()
    troubled.meet('watch', rejects)
    deafen()
    latest().cut(cause)
    await elsewhere.handleUninstall((await fake.uninstall()).request)
    expect(await installation.accessToken()).toBeDefined()
    await clock.advance(5 * second)
    expect(await failure(installation.accessToken())).toBe('not_installed')
  })

  test('a silent watch is not trusted for longer than a heartbeat and a second, also if the store never says so', async () => {
    const { asked, clock, deafen, elsewhere, fake, installation, latest } = await createHearingScene({
      policy: { watchIdleMs: hour },
    })
    latest().beat()
    await clock.advance(minute)
    latest().beat()
    const before = asked()
    await installation.accessToken()
    expect(asked()).toBe(before)
    deafen()
    await elsewhere.handleUninstall((await fake.uninstall()).request)
    await clock.advance(2 * second - 1)
    await installation.accessToken()
    await clock.advance(1)
    expect(await failure(installation.accessToken())).toBe('not_installed')
  })

  test('a process that stood still serves nothing from before until a heartbeat has come back', async () => {
    const { asked, clock, installation, latest } = await createHearingScene({ policy: { watchIdleMs: hour } })
    latest().beat()
    await clock.advance(20 * minute)
    const before = asked()
    await installation.accessToken()
    expect(asked()).toBe(before + 1)
    await clock.advance(minute)
    latest().beat()
    await installation.accessToken()
    expect(asked()).toBe(before + 1)
  })

  test('it is logged once with its cause, and events say when it was lost and restored', async () => {
    const lines: string[] = []
    const logger = { error: (line: string) => lines.push(line), warn: (line: string) => lines.push(line) }
    const { clock, heard, installation, latest, troubled } = await createHearingScene({ logger })
    troubled.meet('watch', rejects)
    latest().cut(cause)
    await clock.advance(0)
    for (let index = 0; index < 10; index++) {
      await clock.advance(6 * second)
      await installation.accessToken()
    }
    expect(lines).toEqual([expect.stringContaining('does not tell of changes any more')])
    expect(lines[0]).toContain('ECONNRESET')
    troubled.recover()
    await clock.advance(minute)
    await installation.accessToken()
    await clock.advance(0)
    const told = heard.filter(({ type }) => type.startsWith('watch_'))
    expect(told).toEqual([
      { type: 'watch_lost', at: expect.any(Number), code: 'store_unavailable', cause: 'read ECONNRESET' },
      { type: 'watch_restored', at: expect.any(Number), durationMs: 2 * minute },
    ])
  })

  test('it is opened again by the next reads, with growing pauses, and without a timer', async () => {
    const { clock, installation, latest, troubled } = await createHearingScene()
    troubled.meet('watch', rejects)
    latest().cut(cause)
    await clock.advance(0)
    const before = troubled.calls('watch')
    await clock.advance(10 * minute)
    expect(troubled.calls('watch')).toBe(before)
    for (let passed = 0; passed < 4 * minute; passed += 6 * second) {
      await installation.accessToken()
      await clock.advance(6 * second)
    }
    expect(troubled.calls('watch') - before).toBe(6)
  })

  test('an opening that never ends counts as failed after storeTimeoutMs, and is closed if it ends late', async () => {
    const scene = createScene()
    const troubled = troubledStore(scene.store)
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const closed: string[] = []
    troubled.meet('watch', waitsFor(released))
    const watch: Watch = async (changed, options) => {
      const inner = await troubled.store.watch(changed, options)
      return { lost: inner.lost, close: async () => void closed.push('closed') }
    }
    const oauth = scene.client({ store: { ...troubled.store, watch } })
    await scene.connect(oauth)
    await scene.clock.advance(6 * second)
    await oauth.installation(ada).accessToken()
    expect(scene.heard.find(({ type }) => type === 'watch_lost')).toMatchObject({
      cause: expect.stringContaining('5000 ms'),
    })
    release()
    await scene.clock.advance(0)
    expect(closed).toEqual(['closed'])
  })

  test('a connection that the application has closed is no loss, until memory needs it', async () => {
    const { clock, heard, installation, latest, troubled } = await createHearingScene()
    troubled.meet('watch', rejects)
    latest().cut(undefined)
    await clock.advance(0)
    const lost = () => heard.filter(({ type }) => type === 'watch_lost').length
    expect(lost()).toBe(0)
    await clock.advance(minute)
    await installation.accessToken()
    await clock.advance(0)
    expect(lost()).toBe(1)
  })

  test('the store that is away costs no caller its token', async () => {
    const { clock, installation, latest, troubled } = await createHearingScene()
    await clock.advance(minute)
    for (const method of ['get', 'watch', 'compareAndSet'] as const) troubled.meet(method, hangs)
    latest().cut(cause)
    expect(await inTime(clock, installation.accessToken())).toBeDefined()
  })
})

describe('the watch ends', () => {
  test('with the client', async () => {
    const { asked, clock, installation, latest, oauth, watches } = await createHearingScene()
    await oauth[Symbol.asyncDispose]()
    expect(latest().isOpen).toBe(false)
    await clock.advance(minute)
    const before = asked()
    await installation.accessToken()
    expect([asked() - before, watches.length]).toEqual([1, 1])
  })

  test('after watchIdleMs in which nobody used memory, and the next use opens it again', async () => {
    const { clock, installation, latest, watches } = await createHearingScene()
    await clock.advance(59 * second)
    latest().beat()
    expect(latest().isOpen).toBe(true)
    await installation.accessToken()
    await clock.advance(minute)
    latest().beat()
    expect(latest().isOpen).toBe(false)
    await installation.accessToken()
    await clock.advance(0)
    expect([watches.length, latest().isOpen]).toEqual([2, true])
  })
})
