import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { OAuthEvent } from '@pd/oauth-core'
import { hears } from '@pd/test-support/hears'
import { createScene, openApp, patientPolicy } from '@pd/test-support/scene'
import { Client } from 'pg'
import { postgresUrl } from '@pd/test-support/postgres'
import { expect, test } from 'vitest'
import { pgDriver } from '../src/drivers/pg.ts'
import { sqlStore } from '../src/index.ts'
import { opener } from './processes/pg-opener.ts'
import { openPool } from './servers/open-pool.ts'
import { createSchema } from './servers/postgres.ts'
import { startSilentProxy } from './servers/silent-proxy.ts'

const policy = { ...patientPolicy, cacheMs: 50, watchHeartbeatMs: 100, watchRetryMs: 100 }

/** An application that listens at this address, and others that write the same table. */
async function createHearingScene(listenUrl = postgresUrl()) {
  const schema = await createSchema()
  const table = `${schema.name}.installations`
  const pool = openPool(schema.url)
  const listen = () => new Client({ connectionString: listenUrl })
  const store = sqlStore(pgDriver(pool, { listen }), { table })
  await store.createTable()
  const scene = await createScene({ opener, address: { url: schema.url, schema: schema.name }, policy })
  await scene.install({ ago: 0 })
  const gets = { count: 0 }
  const get: typeof store.get = (id) => {
    gets.count++
    return store.get(id)
  }
  const events: OAuthEvent[] = []
  const { oauth, [Symbol.asyncDispose]: _ } = openApp(
    { store: { ...store, get }, [Symbol.asyncDispose]: async () => {} },
    { origin: scene.origin, policy },
    { onEvent: (event) => events.push(event), logger: false },
  )
  const id = scene.ids[0]!
  return {
    scene,
    oauth,
    table,
    pool,
    id,
    hears: () => hears({ oauth, gets, cacheMs: policy.cacheMs }, id),
    refusal: () =>
      oauth
        .installation(id)
        .accessToken()
        .then(
          () => 'served',
          (error: { code: string }) => error.code,
        ),
    happened: (type: OAuthEvent['type']) => events.filter((event) => event.type === type),
    async [Symbol.asyncDispose]() {
      await oauth[Symbol.asyncDispose]()
      if (!pool.ending) await pool.end()
      await scene[Symbol.asyncDispose]()
      await schema[Symbol.asyncDispose]()
    },
  }
}

test('memory is served without a query, and an uninstall and a new connection elsewhere are heard', async () => {
  await using hearing = await createHearingScene()
  await hearing.hears()
  const other = hearing.scene.another().oauth.installation(hearing.id)
  await other.forget()
  await expect.poll(hearing.refusal).toBe('not_installed')
  await hearing.scene.install({ ago: 0 })
  await expect.poll(hearing.refusal).toBe('served')
})

test('a listening connection that is half open is lost, what was missed is read, and the next watch hears', async () => {
  await using proxy = await startSilentProxy(postgresUrl())
  await using hearing = await createHearingScene(proxy.url)
  await hearing.hears()
  proxy.fallSilent()
  await hearing.scene.another().oauth.installation(hearing.id).forget()
  await expect.poll(hearing.refusal).toBe('not_installed')
  await expect.poll(() => hearing.happened('watch_lost').length).toBe(1)
  expect(hearing.happened('watch_lost')[0]).toMatchObject({
    cause: expect.stringContaining('did not come back'),
  })
  proxy.recover()
  await hearing.scene.install({ ago: 0 })
  await expect.poll(hearing.refusal).toBe('served')
  await hearing.hears()
  expect(hearing.happened('watch_restored')).toHaveLength(1)
})

test('an application that closes its pool is told of no loss', async () => {
  await using hearing = await createHearingScene()
  await hearing.hears()
  await hearing.pool.end()
  const endedAt = Date.now()
  await expect.poll(() => Date.now() - endedAt).toBeGreaterThan(3 * policy.watchHeartbeatMs)
  expect(hearing.happened('watch_lost')).toEqual([])
})

test.each([
  ['once its memory has been unused for watchIdleMs', 100, 300],
  ['although its watch stands', 60_000, 60_000],
])('a process that never closes its pool exits by itself, %s', async (_, heartbeatMs, idleMs) => {
  await using hearing = await createHearingScene()
  const script = fileURLToPath(new URL('./processes/hear-and-end.ts', import.meta.url))
  const { scene, id, table } = hearing
  // The tests' server does not wait for the disk, and the log would warn of that.
  const url = `${postgresUrl()}?options=-c%20synchronous_commit%3Don`
  const args = [script, url, table, scene.origin, id, String(heartbeatMs), String(idleMs)]
  const run = promisify(execFile)(process.execPath, args, { timeout: 30_000 })
  expect(await run).toEqual({ stdout: 'done\n', stderr: '' })
})
