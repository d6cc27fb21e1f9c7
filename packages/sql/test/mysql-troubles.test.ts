import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { createCertificate } from '@pd/test-support/certificate'
import { startMariadb, type MariadbServer } from '@pd/test-support/mariadb-server'
import type { Connection, PoolOptions } from 'mysql2/promise'
import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mysqlDriver } from '../src/drivers/mysql.ts'
import { sqlStore } from '../src/index.ts'
import { clientOf } from './client-of.ts'
import { expectNothingLost } from './expect-nothing-lost.ts'
import { openMysqlPool } from './servers/mysql.ts'

const mostConnections = 10

let server: MariadbServer
let admin: ReturnType<typeof openMysqlPool>
beforeAll(async () => {
  server = await startMariadb([`--max-connections=${mostConnections}`, '--plugin-load-add=auth_ed25519'])
  admin = openMysqlPool(server.url, { multipleStatements: true, connectionLimit: 2 })
  await admin.query(`
    CREATE USER secure@'127.0.0.1' IDENTIFIED BY 'right';
    CREATE USER locked@'127.0.0.1' ACCOUNT LOCK; CREATE USER expired@'127.0.0.1' PASSWORD EXPIRE;
    GRANT SELECT ON app.* TO expired@'127.0.0.1';
    CREATE USER ed25519@'127.0.0.1' IDENTIFIED VIA ed25519 USING PASSWORD('right');
    CREATE USER rows_only@'127.0.0.1'; CREATE USER reader@'127.0.0.1'`)
  const store = sqlStore(mysqlDriver(admin))
  await store.createTable()
  await store.compareAndSet('1:2', undefined, record)
  await admin.query(`
    GRANT SELECT, INSERT, UPDATE, DELETE ON app.pd_oauth_installations TO rows_only@'127.0.0.1';
    GRANT SELECT ON app.pd_oauth_installations TO reader@'127.0.0.1'`)
})
afterAll(async () => {
  await admin?.end()
  await server?.[Symbol.asyncDispose]()
})

const record = { version: 'a', value: 'sealed' }

function lasting(sentence: string) {
  return { name: 'ConfigurationError', retryable: false, message: expect.stringContaining(sentence) }
}

function openAs(
  changes: Partial<Pick<URL, 'username' | 'password' | 'pathname'>>,
  options: PoolOptions = {},
) {
  return openMysqlPool(Object.assign(new URL(server.url), changes).href, { connectionLimit: 2, ...options })
}

describe('F48 what no retry can mend is a ConfigurationError with the sentence that mends it', () => {
  test.each([
    [
      'a wrong password',
      { username: 'secure', password: 'wr0ng-secret' },
      {},
      'this user with this password',
    ],
    ['an unknown user', { username: 'nobody' }, {}, 'this user with this password'],
    ['a missing database', { pathname: '/missing' }, {}, 'The database does not exist on this server'],
    ['TLS, which the server does not offer', {}, { ssl: {} }, 'do not agree about TLS'],
    ['an address without a database', { pathname: '' }, {}, 'or the address names none'],
    ['a missing password', { username: 'secure' }, {}, 'this user with this password'],
    ['an account that is locked', { username: 'locked' }, {}, 'or unlock it'],
    ['a password that has expired', { username: 'expired' }, {}, 'this user with this password'],
    [
      'a kind of password that mysql2 does not know',
      { username: 'ed25519' },
      {},
      'does not let this user in',
    ],
  ])('%s', async (_, changes, options, sentence) => {
    await using pool = openAs(changes, options)
    const store = sqlStore(mysqlDriver(pool))

    for (const call of [
      () => store.createTable(),
      () => store.get('1:2'),
      () => clientOf(store).checkStore(),
    ]) {
      const error: unknown = await call().catch((reason: unknown) => reason)
      expect(error).toMatchObject({
        name: 'ConfigurationError',
        retryable: false,
        message: expect.stringContaining(sentence),
      })
      expect(String(error)).not.toContain('wr0ng-secret')
    }
  })

  test('a table that was never created', async () => {
    const store = sqlStore(mysqlDriver(admin), { table: 'never' })
    for (const call of [
      () => store.get('1:2'),
      () => store.compareAndSet('1:2', undefined, record),
      () => store.due(5, 10),
      () => store.count({ attention: true }),
    ])
      await expect(call()).rejects.toMatchObject({
        name: 'ConfigurationError',
        message: expect.stringContaining('Call createTable() of the store once at the start'),
      })
  })

  test('a table of an older version, and one with a short column', async () => {
    await admin.query(
      'CREATE TABLE old (id VARCHAR(64) PRIMARY KEY, company_id BIGINT, version TEXT, value TEXT)',
    )
    await admin.query(
      'CREATE TABLE short_one (id VARCHAR(64) PRIMARY KEY, company_id BIGINT, version TEXT, value VARCHAR(3), ' +
        'due_at DOUBLE, attention TINYINT)',
    )
    for (const table of ['old', 'short_one'])
      await expect(
        sqlStore(mysqlDriver(admin), { table }).compareAndSet('1:2', undefined, record),
      ).rejects.toThrow(`\`${table}\` does not have the columns that this version needs`)
  })

  test('a table without a key, into which an installation would be written twice', async () => {
    await admin.query(
      'CREATE TABLE keyless (id VARCHAR(64), company_id BIGINT, version TEXT, value TEXT, due_at DOUBLE, attention TINYINT)',
    )
    await expect(sqlStore(mysqlDriver(admin), { table: 'keyless' }).createTable()).rejects.toThrow(
      'ALTER TABLE `keyless` ADD PRIMARY KEY (id)',
    )
  })
})

test('F48 connections that do not commit each statement are refused by createTable()', async () => {
  await using pool = openAs({})
  pool.pool.on('connection', (connection) => connection.query('SET SESSION autocommit = 0'))
  await expect(sqlStore(mysqlDriver(pool)).createTable()).rejects.toMatchObject({
    name: 'ConfigurationError',
    message: expect.stringContaining('Switch autocommit on'),
  })
})

test('F48 a server that demands TLS is named as such', async () => {
  await using strict = await startMariadb(['--require-secure-transport=ON'])
  await using pool = openMysqlPool(strict.url)
  await expect(sqlStore(mysqlDriver(pool)).get('1:2')).rejects.toMatchObject({
    name: 'ConfigurationError',
    message: expect.stringContaining('Where the server demands TLS, set the option ssl'),
  })
})

test('F48 a password that has expired, and that the server refuses at once, is named as such', async () => {
  await using strict = await startMariadb(['--disconnect-on-expired-password=ON'])
  await using owner = openMysqlPool(strict.url)
  await owner.query("CREATE USER expired@'127.0.0.1' PASSWORD EXPIRE")
  await using pool = openMysqlPool(Object.assign(new URL(strict.url), { username: 'expired' }).href)
  await expect(sqlStore(mysqlDriver(pool)).get('1:2')).rejects.toMatchObject(
    lasting('this user with this password'),
  )
})

test('F48 a machine from which no user may connect, and a user who failed too often, are named as such', async () => {
  await using strict = await startMariadb(['--max-password-errors=1'])
  await using owner = openMysqlPool(strict.url, { connectionLimit: 1 })
  await owner.query("CREATE USER secure@'127.0.0.1' IDENTIFIED BY 'right'")
  const guess = Object.assign(new URL(strict.url), { username: 'secure', password: 'wrong' }).href
  await expect(createConnection(guess)).rejects.toThrow('using password: YES')
  await using guessing = openMysqlPool(guess)
  await expect(sqlStore(mysqlDriver(guessing)).get('1:2')).rejects.toMatchObject(lasting('or unlock it'))

  await owner.query("DELETE FROM mysql.global_priv WHERE host <> 'none'")
  await owner.query('FLUSH PRIVILEGES')
  await using pool = openMysqlPool(strict.url)
  await expect(sqlStore(mysqlDriver(pool)).get('1:2')).rejects.toMatchObject(
    lasting('does not let this user in from this machine'),
  )
})

test.each<[string, (certificate: string) => PoolOptions]>([
  ['whose authority nobody has named', () => ({ ssl: {} })],
  [
    'with versions of TLS that are too old',
    (ca) => ({ ssl: { ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } }),
  ],
])('F48 a certificate of MariaDB %s is a ConfigurationError that says what to do', async (_, optionsOf) => {
  using certificate = createCertificate('mysql')
  const { certificateFile, keyFile, text } = certificate
  await using encrypting = await startMariadb([`--ssl-cert=${certificateFile}`, `--ssl-key=${keyFile}`])
  await using pool = openMysqlPool(encrypting.url, optionsOf(text))
  await expect(sqlStore(mysqlDriver(pool)).createTable()).rejects.toMatchObject(
    lasting('the certificate of its authority as ssl.ca'),
  )
  await using trusting = openMysqlPool(encrypting.url, { ssl: { ca: text } })
  await sqlStore(mysqlDriver(trusting)).createTable()
})

test('a connection that ends while TLS begins counts as an outage', async () => {
  using certificate = createCertificate('mysql')
  const { certificateFile, keyFile } = certificate
  await using encrypting = await startMariadb([`--ssl-cert=${certificateFile}`, `--ssl-key=${keyFile}`])
  await using proxy = createServer((socket) => {
    const upstream = connect(encrypting.port, '127.0.0.1').on('error', () => {})
    upstream.pipe(socket)
    // The first packet of the client asks for TLS.
    socket.once('data', () => upstream.destroy() && socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port } = proxy.address() as AddressInfo
  await using pool = openMysqlPool(`mysql://app@127.0.0.1:${port}/app`, { ssl: {} })
  await expect(sqlStore(mysqlDriver(pool)).get('1:2')).rejects.toMatchObject({
    name: 'Error',
    code: 'HANDSHAKE_SSL_ERROR',
  })
})

describe('F39 a user with the right to rows only', () => {
  test('sets the store up and uses it, and may not create a table', async () => {
    await using pool = openAs({ username: 'rows_only' })
    const store = sqlStore(mysqlDriver(pool))
    await store.createTable()
    expect(await store.compareAndSet('3:4', undefined, record)).toBe(true)
    expect(await store.compareAndSet('3:4', 'a', undefined)).toBe(true)

    await expect(sqlStore(mysqlDriver(pool), { table: 'other' }).createTable()).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(/the store may not create it|lacks a right/),
    })
  })

  test('or to read only, sets it up, reads, and is told which rights a write needs', async () => {
    await using pool = openAs({ username: 'reader' })
    const store = sqlStore(mysqlDriver(pool))
    await store.createTable()
    expect(await store.get('1:2')).toEqual(record)
    await expect(store.compareAndSet('1:2', 'a', undefined)).rejects.toThrow(
      'Grant it SELECT, INSERT, UPDATE',
    )
  })
})

describe('F34 what passes is a StoreError that says what to look at', () => {
  const passing = (sentence: string) => ({
    name: 'StoreError',
    code: 'store_unavailable',
    message: expect.stringContaining(sentence),
  })

  test('when the server only reads, until it writes again', async () => {
    await using pool = openAs({ username: 'rows_only' })
    const store = sqlStore(mysqlDriver(pool))
    await admin.query('SET GLOBAL read_only = 1')
    await store.createTable()
    expect(await store.get('1:2')).toEqual(record)
    await expect(store.compareAndSet('1:2', 'a', undefined)).rejects.toMatchObject(
      passing('accepts no writes'),
    )
    await admin.query('SET GLOBAL read_only = 0')
    expect(await store.compareAndSet('1:2', 'other', undefined)).toBe(false)
  })

  test('when transactions only read', async () => {
    await using pool = openAs({})
    pool.pool.on('connection', (connection) => connection.query('SET SESSION TRANSACTION READ ONLY'))
    await expect(sqlStore(mysqlDriver(pool)).compareAndSet('1:2', 'a', undefined)).rejects.toMatchObject(
      passing('accepts no writes'),
    )
  })

  test('when all connections of the server are taken', async () => {
    const taken: Connection[] = []
    try {
      for (let count = 0; count <= mostConnections; count++)
        await createConnection(Object.assign(new URL(server.url), { username: 'rows_only' }).href).then(
          (connection) => taken.push(connection),
          () => {},
        )
      await using pool = openAs({ username: 'rows_only' })
      await expect(sqlStore(mysqlDriver(pool)).get('1:2')).rejects.toMatchObject(
        passing('no connection left'),
      )
    } finally {
      await Promise.all(taken.map((connection) => connection.end()))
    }
  })

  test('when a statement takes longer than max_statement_time', async () => {
    await using pool = openAs({})
    pool.pool.on('connection', (connection) => connection.query('SET SESSION max_statement_time = 0.2'))
    const rival = await admin.getConnection()
    await rival.query('BEGIN')
    await rival.query("UPDATE pd_oauth_installations SET value = 'rival'")
    await expect(sqlStore(mysqlDriver(pool)).compareAndSet('1:2', 'a', undefined)).rejects.toMatchObject(
      passing('Look for a long transaction'),
    )
    await rival.query('ROLLBACK')
    rival.release()
  })

  test('a connection that the server ended is replaced', async () => {
    await using pool = openAs({}, { connectionLimit: 1 })
    const store = sqlStore(mysqlDriver(pool))
    await store.get('1:2')
    const connection = await pool.getConnection()
    const { threadId } = connection
    const closed = new Promise((resolve) => connection.connection.once('error', resolve))
    connection.release()
    await admin.query(`KILL ${threadId}`)
    await closed

    await expect.poll(() => store.get('1:2').catch(() => 'lost')).toEqual(record)
  })
})

test('F34 while MariaDB is killed and started in traffic, no write that was acknowledged is lost', async () => {
  await using mortal = await startMariadb()
  await using pool = openMysqlPool(mortal.url)
  const store = sqlStore(mysqlDriver(pool))
  await store.createTable()
  await expectNothingLost(store, async (untilFailing) => {
    await mortal.kill()
    await untilFailing()
    await mortal.start()
  })
})
