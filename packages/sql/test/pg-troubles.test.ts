import { createCertificate } from '@pd/test-support/certificate'
import { startPostgres, type PostgresServer } from '@pd/test-support/postgres-server'
import { Client, type PoolConfig } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pgDriver } from '../src/drivers/pg.ts'
import { sqlStore } from '../src/index.ts'
import { clientOf } from './client-of.ts'
import { expectNothingLost } from './expect-nothing-lost.ts'
import { disposable, openPool } from './servers/open-pool.ts'

/** The user `secure` needs a password, and `encrypted` a connection with TLS, which this server does not offer. */
const hba = [
  'host all postgres 127.0.0.1/32 trust',
  'host all secure 127.0.0.1/32 scram-sha-256',
  'host all plain 127.0.0.1/32 password',
  'hostssl all encrypted 127.0.0.1/32 trust',
]
const mostConnections = 12

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres({ hba, settings: { max_connections: mostConnections } })
  await using pool = disposable(openPool(server.url))
  await pool.query(
    "CREATE ROLE secure LOGIN PASSWORD 'right'; CREATE ROLE plain LOGIN PASSWORD 'right'; CREATE ROLE encrypted LOGIN",
  )
  await sqlStore(pgDriver(pool)).createTable()
})
afterAll(() => server?.[Symbol.asyncDispose]())

const record = { version: 'a', value: 'sealed' }

function addressWith(changes: Partial<Pick<URL, 'username' | 'password' | 'pathname' | 'search'>>): string {
  return Object.assign(new URL(server.url), changes).href
}

describe('F48 an address that is wrong is a ConfigurationError that says what to correct', () => {
  test.each([
    ['the password', { username: 'secure', password: 'wr0ng-secret' }, 'this user with this password'],
    ['the user', { username: 'nobody' }, 'Create the user or correct its name'],
    ['a connection without TLS', { username: 'encrypted' }, 'where the server demands TLS, switch it on'],
    ['a connection with TLS', { search: '?sslmode=verify-full' }, 'do not agree about TLS'],
    ['the database', { pathname: '/missing' }, 'The database does not exist on this server'],
    ['a missing password', { username: 'secure' }, 'this user with this password'],
    [
      'a missing password, which the server asks for as it is',
      { username: 'plain' },
      'this user with this password',
    ],
  ])('%s', async (_, changes, sentence) => {
    await using pool = disposable(openPool(addressWith(changes)))
    const store = sqlStore(pgDriver(pool))

    for (const call of [
      () => store.createTable(),
      () => store.get('1:2'),
      () => clientOf(store).checkStore(),
      () => clientOf(store).installation('1:2').accessToken(),
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

  test('the right password works', async () => {
    await using pool = disposable(openPool(addressWith({ username: 'secure', password: 'right' })))
    // It connects, and has no rights yet.
    await expect(sqlStore(pgDriver(pool)).get('1:2')).rejects.toThrow('Grant it SELECT')
  })
})

test.each<[string, (certificate: string) => PoolConfig]>([
  ['whose authority nobody has named', () => ({ ssl: true })],
  ['for another name', (ca) => ({ ssl: { ca } })],
  [
    'with versions of TLS that are too old',
    (ca) => ({ ssl: { ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } }),
  ],
])('F48 a certificate of PostgreSQL %s is a ConfigurationError that says what to do', async (_, configOf) => {
  using certificate = createCertificate('postgres')
  const { certificateFile, keyFile, text } = certificate
  const settings = { ssl: 'on', ssl_cert_file: certificateFile, ssl_key_file: keyFile }
  await using encrypting = await startPostgres({ settings })
  await using pool = disposable(openPool(encrypting.url, configOf(text)))
  await expect(sqlStore(pgDriver(pool)).createTable()).rejects.toMatchObject({
    name: 'ConfigurationError',
    message: expect.stringContaining('the certificate of its authority as ssl.ca'),
  })
  await using trusting = disposable(openPool(encrypting.url, { ssl: { ca: text, servername: 'localhost' } }))
  await sqlStore(pgDriver(trusting)).createTable()
})

describe('F48 a table that somebody else made is told from one that works', () => {
  test.each([
    [
      'no primary key',
      'id TEXT, company_id BIGINT, version TEXT, value TEXT, due_at FLOAT8, attention SMALLINT',
    ],
    [
      'a column of another type',
      'id TEXT PRIMARY KEY, company_id BIGINT, version TEXT, value TEXT, due_at TIMESTAMP, attention SMALLINT',
    ],
    [
      'a column that is too short',
      'id TEXT PRIMARY KEY, company_id BIGINT, version TEXT, value VARCHAR(5), due_at FLOAT8, attention SMALLINT',
    ],
  ])('by a write: %s', async (name, columns) => {
    await using pool = disposable(openPool(server.url))
    const table = `bad_${name.replaceAll(' ', '_')}`
    await pool.query(`CREATE TABLE ${table} (${columns})`)
    const store = sqlStore(pgDriver(pool), { table })

    await expect(store.compareAndSet('1:2', undefined, { ...record, dueAt: 5 })).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringContaining('does not have the columns that this version needs'),
    })
  })
})

describe('F34 what passes is a StoreError that says what to look at', () => {
  const passing = (sentence: string) => ({
    name: 'StoreError',
    code: 'store_unavailable',
    retryable: true,
    message: expect.stringContaining(sentence),
  })

  test('when all connections of the server are taken', async () => {
    const taken: Client[] = []
    try {
      for (let count = 0; count < mostConnections; count++) {
        const client = new Client({ connectionString: server.url })
        client.on('error', () => {})
        await client.connect().then(
          () => taken.push(client),
          () => {},
        )
      }
      await using pool = disposable(openPool(server.url))
      await expect(sqlStore(pgDriver(pool)).get('1:2')).rejects.toMatchObject(passing('no connection left'))
      await expect(clientOf(sqlStore(pgDriver(pool))).checkStore()).rejects.toMatchObject(
        passing('no connection left'),
      )
      await taken.pop()?.end()
      await expect
        .poll(() =>
          sqlStore(pgDriver(pool))
            .get('1:2')
            .catch(() => 'refused'),
        )
        .toBeUndefined()
    } finally {
      await Promise.all(taken.map((client) => client.end()))
    }
  })

  test.each([
    ['statement_timeout', { options: '-c statement_timeout=200' }],
    ['lock_timeout', { options: '-c lock_timeout=200' }],
  ] as [string, PoolConfig][])(
    'when a lock is held for longer than %s, and nothing is written',
    async (name, config) => {
      await using pool = disposable(openPool(server.url, config))
      await using admin = disposable(openPool(server.url))
      const store = sqlStore(pgDriver(pool), { table: name })
      await store.createTable()
      await store.compareAndSet('1:2', undefined, record)
      const rival = await admin.connect()
      await rival.query(`BEGIN; UPDATE ${name} SET value = 'rival'`)

      await expect(store.compareAndSet('1:2', 'a', undefined)).rejects.toMatchObject(
        passing('Look for a long transaction that holds a lock'),
      )
      await rival.query('ROLLBACK')
      rival.release()
      expect(await store.get('1:2')).toEqual(record)
    },
  )

  test('when every transaction is idle for too long, and its connection is ended by the server', async () => {
    await using pool = disposable(openPool(server.url, { options: '-c idle_session_timeout=50' }))
    const store = sqlStore(pgDriver(pool))
    expect(await store.get('1:2')).toBeUndefined()
    await new Promise((resolve) => pool.once('remove', resolve))
    expect(await store.get('1:2')).toBeUndefined()
  })
})

test('F34 while PostgreSQL is restarted in traffic, no write that was acknowledged is lost', async () => {
  await using mortal = await startPostgres()
  await using pool = disposable(openPool(mortal.url, { query_timeout: 4_000 }))
  const store = sqlStore(pgDriver(pool))
  await store.createTable()
  await expectNothingLost(store, async (untilFailing) => {
    await mortal.stop()
    await untilFailing()
    await mortal.start()
  })
})
