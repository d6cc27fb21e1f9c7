/** What docs/guides/restoring-a-backup.md says, on a SQLite file, with the commands of that page. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createFakePipedrive, manualClock, type FakePipedriveOptions } from '@pd/fake-pipedrive'
import { PipedriveOAuth, type ListedInstallation, type OAuthEvent } from '@pd/oauth-core'
import { expect, onTestFinished, test } from 'vitest'
import { nodeSqliteDriver } from '../src/drivers/node-sqlite.ts'
import { sqlStore } from '../src/index.ts'

const day = 86_400_000
const [ada, bob, cleo] = ['1001:11', '1001:12', '1002:13'] as const
const oldSecret = 'only-for-tests-0123456789-abcdefghij'

async function attentionOf(oauth: PipedriveOAuth) {
  const found: ListedInstallation[] = []
  for await (const installation of oauth.installations({ needsAttention: true })) found.push(installation)
  return found
}

/** The statement and the commands of the page. The test does not need the program sqlite3. */
const documented = (() => {
  const page = readFileSync(new URL('../../../docs/guides/restoring-a-backup.md', import.meta.url), 'utf8')
  const [, backUp] = /^sqlite3 installations\.db "(.+)"$/m.exec(page) ?? []
  const [, restore] = /```sh\n((?:rm .+\n)?cp .+\n)```/.exec(page) ?? []
  if (backUp === undefined || restore === undefined)
    throw new Error('The page does not say how to restore a file.')
  return { backUp, restore }
})()

/** A Pipedrive, and a store in a file that can be backed up and restored. */
async function createScene(options: FakePipedriveOptions) {
  const clock = manualClock()
  onTestFinished(() => clock[Symbol.dispose]())
  const fake = createFakePipedrive({ clock, ...options })
  const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-backup-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'installations.db')
  const events: OAuthEvent['type'][] = []

  /** A process over the file as it is now. */
  const start = async (secrets = [oldSecret]) => {
    const driver = nodeSqliteDriver(path)
    onTestFinished(() => driver.close())
    const store = sqlStore(driver)
    await store.createTable()
    const { clientId, clientSecret, redirectUri } = fake.app
    const oauth = new PipedriveOAuth({
      clientId,
      clientSecret,
      redirectUri,
      secrets,
      store,
      clock,
      fetch: fake.fetch,
      logger: false,
      onEvent: ({ type }) => events.push(type),
    })
    const connect = async (user: string) => {
      const { url, attempt } = await oauth.authorize()
      return oauth.callback(await fake.approve(url, { user }), attempt)
    }
    const stop = async () => {
      await oauth.settled()
      driver.close()
    }
    return { oauth, connect, stop }
  }
  const backUp = () => {
    using database = new DatabaseSync(path)
    database.exec(documented.backUp.replace("'installations", `'${folder}/installations`))
  }
  const restore = () => void execFileSync('sh', ['-ec', documented.restore], { cwd: folder })
  return { clock, fake, path, events, start, backUp, restore }
}

/** Two users connect, a backup is made, and a day passes in which their tokens are refreshed. Then the backup is restored. */
async function restoredScene(options: FakePipedriveOptions) {
  const scene = await createScene(options)
  const before = await scene.start()
  for (const user of [ada, bob]) await before.connect(user)
  await before.stop()
  scene.backUp()
  const between = await scene.start()
  await scene.clock.advance(day)
  for (const user of [ada, bob]) await between.oauth.installation(user).accessToken()
  await between.connect(cleo)
  await between.stop()
  scene.restore()
  scene.events.length = 0
  return { ...scene, ...(await scene.start()) }
}

test('after a restore, one refresh makes each installation work again while Pipedrive keeps refresh tokens', async () => {
  const { oauth, fake } = await restoredScene({ rotateRefreshTokens: false })
  for (const user of [ada, bob]) {
    const token = await oauth.installation(user).accessToken()
    expect(fake.serverAccepts(token)).toBe(true)
  }
  const attention = await attentionOf(oauth)
  expect(attention).toEqual([])
})

test('after a restore, a refresh token that was replaced meanwhile ends with reauthorization_required, and the reason is told', async () => {
  const { oauth, events } = await restoredScene({ rotateRefreshTokens: true, reuseDetection: true })
  await expect(oauth.installation(ada).accessToken()).rejects.toMatchObject({
    code: 'reauthorization_required',
  })
  expect(await oauth.installation(ada).describe()).toMatchObject({
    needsAttention: true,
    disconnected: { reason: 'refused' },
  })
  expect(events).toContain('reauthorization_required')
})

test('keepAlive() over all of the 60 days finds everybody whom a restore has disconnected, and a reconnect link brings them back', async () => {
  const { oauth, fake, connect } = await restoredScene({ rotateRefreshTokens: true, reuseDetection: true })
  const report = await oauth.keepAlive({ withinMs: 60 * day })
  expect(report).toMatchObject({ refreshed: 0, failed: 2 })
  const attention = await attentionOf(oauth)
  expect(attention.map(({ id }) => id).toSorted()).toEqual([ada, bob])
  const link = new URL(await oauth.reconnectLink(ada))
  expect(await oauth.readReconnectLink(link.searchParams.get('reconnect') ?? '')).toBe(ada)
  await connect(ada)
  expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
})

test('who connected after the backup is not installed after the restore, and connects again', async () => {
  const { oauth, fake, connect } = await restoredScene({ rotateRefreshTokens: true })
  await expect(oauth.installation(cleo).accessToken()).rejects.toMatchObject({ code: 'not_installed' })
  expect(await connect(cleo)).toMatchObject({ firstTime: true })
  expect(fake.serverAccepts(await oauth.installation(cleo).accessToken())).toBe(true)
})

test('who uninstalled after the backup is there again after the restore, and keepAlive() finds out', async () => {
  const { oauth, fake } = await restoredScene({ rotateRefreshTokens: false })
  await fake.uninstall(bob)
  await oauth.keepAlive({ withinMs: 60 * day })
  const attention = await attentionOf(oauth)
  expect(attention.map(({ id }) => id)).toEqual([bob])
  await oauth.installation(bob).forget()
  expect(await oauth.installation(bob).describe()).toBeUndefined()
})

test('a session that was ended after the backup works again after the restore, until it is ended again', async () => {
  const { start, backUp, restore } = await createScene({})
  const before = await start()
  await before.connect(ada)
  const session = await before.oauth.issueSession(ada, 30 * day)
  await before.stop()
  backUp()
  const between = await start()
  await between.oauth.endSessions(ada)
  expect(await between.oauth.readSession(session)).toBeUndefined()
  await between.stop()
  restore()
  const { oauth } = await start()
  expect(await oauth.readSession(session)).toBe(ada)
  await oauth.endSessions(ada)
  expect(await oauth.readSession(session)).toBeUndefined()
})

test('a backup whose sealing secret was removed is answered with unknown_key, and opens with the secret again', async () => {
  const { start } = await restoredScene({ rotateRefreshTokens: false })
  const newSecret = 'another-for-tests-0123456789-klmnop'
  const without = await start([newSecret])
  await expect(without.oauth.installation(ada).accessToken()).rejects.toMatchObject({ code: 'unknown_key' })
  const withBoth = await start([newSecret, oldSecret])
  await expect(withBoth.oauth.installation(ada).accessToken()).resolves.toEqual(expect.any(String))
})

/** A process that writes one more installation, into the `-wal` file, and is killed. */
function writeAndDie(path: string): void {
  const script = `
    import { nodeSqliteDriver } from ${JSON.stringify(new URL('../src/drivers/node-sqlite.ts', import.meta.url).href)}
    import { sqlStore } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
    const store = sqlStore(nodeSqliteDriver(${JSON.stringify(path)}))
    await store.compareAndSet('9:9', undefined, { version: 'a', value: 'sealed' })
    process.kill(process.pid, 'SIGKILL')`
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script])
  expect(signal).toBe('SIGKILL')
}

test('after a restore, nothing of a process that was killed is mixed into the backup', async () => {
  const { start, path, backUp, restore } = await createScene({})
  const before = await start()
  await before.connect(ada)
  backUp()
  await before.stop()
  writeAndDie(path)
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0)
  restore()
  const { oauth } = await start()
  const ids: string[] = []
  for await (const { id } of oauth.installations()) ids.push(id)
  expect(ids).toEqual([ada])
})

test('a backup has the last changes, which a copy of the file alone lacks', async () => {
  const { start, path, backUp, restore } = await createScene({})
  await (await start()).stop()
  writeAndDie(path)
  expect(readFileSync(path, 'utf8')).not.toContain('9:9')
  backUp()
  restore()
  using driver = nodeSqliteDriver(path)
  expect(await sqlStore(driver).list({ limit: 10 })).toEqual({ ids: ['9:9'] })
})
