import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startPostgres } from '@pd/test-support/postgres-server'
import { Client, type Pool, type PoolConfig } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pgDriver } from '../src/drivers/pg.ts'
import { sqlStore, type SqlStore } from '../src/index.ts'
import { disposable, openPool } from './servers/open-pool.ts'
import { startPgBouncer } from '@pd/test-support/pgbouncer'
import { createSchema, type Schema } from './servers/postgres.ts'
import { startSilentProxy } from './servers/silent-proxy.ts'

let schema: Schema
let admin: Pool
beforeAll(async () => {
  schema = await createSchema()
  admin = openPool(schema.url)
})
afterAll(async () => {
  await admin?.end()
  await schema?.[Symbol.asyncDispose]()
})

const id = '12:34'
const record = { version: 'a', value: 'sealed' }
const heartbeatMs = 100

interface Place {
  readonly url: string
  /** Where the watch connects. Default: `url`. */
  readonly listenUrl?: string
  readonly table: string
}

/** Opens a store that can watch, with an application name by which its listening connection is found. */
async function openOn({ url, listenUrl = url, table }: Place, config: PoolConfig = {}) {
  const pool = disposable(openPool(url, config))
  const listen = () => new Client({ connectionString: listenUrl, application_name: `watch of ${table}` })
  const store = sqlStore(pgDriver(pool, { listen }), { table })
  await store.createTable()
  return { store, pool, [Symbol.asyncDispose]: () => pool.end() }
}

function here(table: string): Place {
  return { url: schema.url, table: `${schema.name}.${table}` }
}

const listenersOf = async (table: string, on = admin) => {
  const { rows } = await on.query('SELECT pid FROM pg_stat_activity WHERE application_name = $1', [
    `watch of ${table}`,
  ])
  return rows.map(({ pid }: { pid: number }) => pid)
}

test('a watch tells versions as they were written, and leaves out those that are too long for a notification', async () => {
  await using on = await openOn(here('versions'))
  const heard: unknown[] = []
  const watch = await on.store.watch!((...news) => void heard.push(news), { heartbeatMs })
  const long = 'v'.repeat(5_000)
  await on.store.compareAndSet(id, undefined, { version: 'ä b%', value: 'sealed' })
  await on.store.compareAndSet(id, 'ä b%', { version: long, value: 'sealed' })
  await on.store.compareAndSet(id, long, undefined)

  await expect
    .poll(() => heard)
    .toEqual([
      [id, 'ä b%'],
      [id, undefined],
      [id, undefined],
    ])
  await watch.close()
})

test('a write that lost its race tells nothing', async () => {
  await using on = await openOn(here('lost_races'))
  const heard: unknown[] = []
  const watch = await on.store.watch!((...news) => void heard.push(news), { heartbeatMs })
  await on.store.compareAndSet(id, 'other', record)
  await on.store.compareAndSet(id, 'other', undefined)
  await on.store.compareAndSet(id, undefined, record)
  await on.store.compareAndSet(id, undefined, { version: 'b', value: 'sealed' })
  await on.store.compareAndSet('56:78', undefined, record)

  await expect
    .poll(() => heard)
    .toEqual([
      [id, 'a'],
      ['56:78', 'a'],
    ])
  await watch.close()
})

test('each write is one statement, and tells those who watch by another name of the table', async () => {
  const table = `${schema.name}.named`
  await using on = await openOn({ url: schema.url, table })
  const heard: unknown[] = []
  const watch = await on.store.watch!((...news) => void heard.push(news), { heartbeatMs })
  await using pool = disposable(openPool(schema.url, { options: `-c search_path=${schema.name}` }))
  const sent: string[] = []
  const query: Pick<Pool, 'query'>['query'] = ((text: string, values: unknown[]) => {
    sent.push(text)
    return pool.query(text, values)
  }) as never
  const writer = sqlStore(pgDriver({ query }), { table: 'named' })

  expect(writer.watch).toBeUndefined()
  expect(await writer.compareAndSet(id, undefined, record)).toBe(true)
  await expect.poll(() => heard).toEqual([[id, 'a']])
  expect(sent).toHaveLength(1)
  await watch.close()
})

test('closing a watch closes its connection, twice without harm', async () => {
  const place = here('closing')
  await using on = await openOn(place)
  const watch = await on.store.watch!(() => {}, { heartbeatMs })
  expect(await listenersOf(place.table)).toHaveLength(1)
  await watch.close()
  await watch.close()
  await watch.lost
  await expect.poll(() => listenersOf(place.table)).toEqual([])
})

test('a watch is lost when its connection is killed, and the next one hears again', async () => {
  const place = here('killed')
  await using on = await openOn(place)
  const watch = await on.store.watch!(() => {}, { heartbeatMs: 60_000 })
  const [pid] = await listenersOf(place.table)
  await admin.query('SELECT pg_terminate_backend($1)', [pid])
  await watch.lost
  await expectToHear(on.store)
})

test('a watch is lost when its connection is half open, although the data is still reached', async () => {
  const place = here('half_open')
  await using proxy = await startSilentProxy(schema.url)
  await using on = await openOn({ ...place, listenUrl: proxy.url })
  const watch = await on.store.watch!(() => {}, { heartbeatMs })
  proxy.fallSilent()
  await watch.lost

  expect(await on.store.get(id)).toBeUndefined()
  await expect(on.store.watch!(() => {}, { heartbeatMs })).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining('did not open within 3000 ms'),
  })
  proxy.recover()
  await expectToHear(on.store)
})

test('a watch is lost when the pool falls silent, because nobody knows then what it misses', async () => {
  await using proxy = await startSilentProxy(schema.url)
  await using on = await openOn({ url: proxy.url, listenUrl: schema.url, table: here('silent_pool').table })
  const watch = await on.store.watch!(() => {}, { heartbeatMs })
  proxy.fallSilent()
  await watch.lost
  // Otherwise, the pool would wait for its connections.
  await proxy[Symbol.asyncDispose]()
})

test('a watch is lost when PostgreSQL is restarted, and the next one hears again', async () => {
  await using server = await startPostgres()
  await using on = await openOn({ url: server.url, table: 'restarted' })
  const watch = await on.store.watch!(() => {}, { heartbeatMs })
  await server.stop()
  await watch.lost
  await expect(on.store.watch!(() => {}, { heartbeatMs })).rejects.toThrow()
  await server.start()
  await expectToHear(on.store)
})

test('a watch is lost when the table is created anew, because its notifications are others then', async () => {
  const place = here('recreated')
  await using on = await openOn(place)
  const watch = await on.store.watch!(() => {}, { heartbeatMs })
  await admin.query(`DROP TABLE ${place.table}`)
  await on.store.createTable()
  await watch.lost
  await expectToHear(on.store)
})

describe('a watch is refused', () => {
  test('through PgBouncer in transaction mode', async () => {
    const place = here('bounced')
    await using bouncer = await startPgBouncer(schema.url)
    await using on = await openOn({ ...place, listenUrl: bouncer.url })

    await expect(on.store.watch!(() => {}, { heartbeatMs })).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('PgBouncer in transaction mode keeps notifications back'),
    })
  })

  test('on another database than that of the pool, and leaves no connection', async () => {
    await using server = await startPostgres()
    await using on = await openOn({ ...here('elsewhere'), listenUrl: server.url })

    await expect(on.store.watch!(() => {}, { heartbeatMs })).rejects.toThrow('must lead directly')
    await using other = disposable(openPool(server.url))
    await expect.poll(() => listenersOf(`${schema.name}.elsewhere`, other)).toEqual([])
  })

  test('where nothing listens', async () => {
    const nowhere = new URL(schema.url)
    nowhere.port = '1'
    await using on = await openOn({ ...here('nowhere'), listenUrl: nowhere.href })

    await expect(on.store.watch!(() => {}, { heartbeatMs })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

test('the pool may go through PgBouncer while the watch connects directly', async () => {
  await using bouncer = await startPgBouncer(schema.url)
  await using on = await openOn({ ...here('half_bounced'), url: bouncer.url, listenUrl: schema.url })
  await expectToHear(on.store)
})

test('writes to a table that nobody may watch do not notify, and do not wait for one another', async () => {
  const table = `${schema.name}.unwatched`
  const store = sqlStore(pgDriver(admin), { table })
  await store.createTable()
  await using listener = disposableClient(new Client({ connectionString: schema.url }))
  await listener.connect()
  const { rows } = await admin.query(`SELECT '${table}'::regclass::oid AS oid`)
  const heard: unknown[] = []
  listener.on('notification', ({ payload }) => heard.push(payload))
  await listener.query(`LISTEN "pd_oauth_${rows[0].oid}"`)
  await store.compareAndSet(id, undefined, record)
  await admin.query(`COMMENT ON TABLE ${table} IS 'Ours (pd-oauth: notify)'`)
  await store.compareAndSet(id, 'a', { version: 'b', value: 'sealed' })

  await expect.poll(() => heard).toEqual([`${id} b`])
})

test('createTable() of a store that listens adds to the comment of the table, once', async () => {
  const place = here('commented')
  await sqlStore(pgDriver(admin), { table: place.table }).createTable()
  await admin.query(`COMMENT ON TABLE ${place.table} IS 'The team''s own'`)
  const comment = async () => {
    const { rows } = await admin.query(`SELECT obj_description('${place.table}'::regclass) AS comment`)
    return rows[0].comment
  }
  await using _ = await openOn(place)
  await using on = await openOn(place)
  expect(await comment()).toBe("The team's own (pd-oauth: notify)")
  await expectToHear(on.store)
})

test('a watch is refused with the statement that mends it where a role may not comment on the table', async () => {
  const table = `${schema.name}.not_mine`
  const role = `${schema.name}_role`
  await sqlStore(pgDriver(admin), { table }).createTable()
  await admin.query(
    `CREATE ROLE ${role}; GRANT USAGE ON SCHEMA ${schema.name} TO ${role}; GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO ${role}`,
  )
  {
    await using on = await openOn({ url: schema.url, table }, { options: `-c role=${role}` })
    const error: unknown = await on.store.watch!(() => {}, { heartbeatMs }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'ConfigurationError' })
    const [, statement = ''] = /run: (COMMENT ON .*)$/m.exec(String(error)) ?? []
    await admin.query(statement)
    await expectToHear(on.store)
  }
  await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
})

test('a watch stands if this process stood still for longer than a heartbeat may take', async () => {
  await using on = await openOn(here('stood_still'))
  const { promise: returned, resolve } = Promise.withResolvers<void>()
  const standStill = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_300)
  const heartbeat = () => {
    setImmediate(standStill)
    return resolve
  }
  const watch = await on.store.watch!(() => {}, { heartbeatMs: 60_000, heartbeat })
  await returned
  await watch.close()
})

test('a watch whose connection cannot open ends that connection, and keeps no process running', async () => {
  const table = `${schema.name}.unopened`
  await using _ = await openOn(here('unopened'))
  const sockets = new Set<Socket>()
  let count = 0
  const silent = createServer((socket) => {
    count++
    sockets.add(socket)
    socket.resume().on('close', () => sockets.delete(socket))
  })
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const script = fileURLToPath(new URL('./processes/watch-and-fail.ts', import.meta.url))
  const address = `postgres://u@127.0.0.1:${(silent.address() as AddressInfo).port}/x`
  const run = await promisify(execFile)(process.execPath, [script, schema.url, table, address], {
    timeout: 60_000,
  })
  expect(run).toEqual({ stdout: 'The connection of listen() did not open within 3000 ms.\n', stderr: '' })
  expect([count, sockets.size]).toEqual([1, 0])
  silent.close()
})

test('without notify, writes tell nothing and a driver that listens is refused', async () => {
  const table = `${schema.name}.mute`
  await using on = await openOn({ url: schema.url, table })
  const heard: unknown[] = []
  const watch = await on.store.watch!((...news) => void heard.push(news), { heartbeatMs })
  const mute = sqlStore(pgDriver(admin), { table, notify: false })
  await mute.compareAndSet(id, undefined, record)
  await on.store.compareAndSet('56:78', undefined, record)

  await expect.poll(() => heard).toEqual([['56:78', 'a']])
  expect(() => sqlStore(pgDriver(admin, { listen: () => new Client() }), { notify: false })).toThrow(
    'notify must not be false where the driver listens',
  )
  await watch.close()
})

function disposableClient(client: Client): Client & AsyncDisposable {
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

/** Checks that a watch can be opened, and that it hears of a change. */
async function expectToHear(store: SqlStore): Promise<void> {
  const { promise: heard, resolve } = Promise.withResolvers<string>()
  const tried = () => store.watch!(resolve, { heartbeatMs }).catch(() => undefined)
  const watch = await expect.poll(tried).toBeDefined()
  await store.compareAndSet('99:1', undefined, record)
  expect(await heard).toBe('99:1')
  return watch
}
