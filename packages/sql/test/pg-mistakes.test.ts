import { createFakePipedrive } from '@pd/fake-pipedrive'
import { createOAuthHandler, PipedriveOAuth, type LogDetails, type TokenStore } from '@pd/oauth-core'
import { freePort } from '@pd/test-support/free-port'
import { expect, test } from 'vitest'
import { pgDriver } from '../src/drivers/pg.ts'
import { sqlStore } from '../src/index.ts'
import { disposable, openPool } from './servers/open-pool.ts'
import { createSchema } from './servers/postgres.ts'

/** A user comes back from the consent page. Returns the status, the page, and what the log got. */
async function callbackOver(store: TokenStore) {
  const fake = createFakePipedrive()
  const lines: [message: string, details: LogDetails][] = []
  const hear = (message: string, details: LogDetails) => void lines.push([message, details])
  const { clientId, clientSecret, redirectUri } = fake.app
  const handle = createOAuthHandler(
    new PipedriveOAuth({
      clientId,
      clientSecret,
      redirectUri,
      secrets: ['only-for-tests-0123456789-0123456789'],
      store,
      fetch: fake.fetch,
      policy: { requestTimeoutMs: 1_000 },
      logger: { error: hear, warn: hear },
    }),
  )
  const begun = await handle(new Request(new URL('/pipedrive/install', redirectUri)))
  const cookie = begun?.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const back = await fake.approve(begun?.headers.get('location') ?? '')
  const answer = await handle(new Request(back, { headers: { cookie, accept: 'text/html' } }))
  return { status: answer?.status, page: (await answer?.text()) ?? '', lines }
}

test('F76 a missing table of a real PostgreSQL fails at once, and is one line that says what to do', async () => {
  await using schema = await createSchema()
  await using pool = disposable(openPool(schema.url))
  const { status, page, lines } = await callbackOver(
    sqlStore(pgDriver(pool), { table: `${schema.name}.missing` }),
  )
  expect(status).toBe(500)
  expect(page).not.toContain('missing')
  expect(lines).toHaveLength(1)
  expect(lines[0]?.[0]).toMatch(
    /invalid_configuration.*missing.*Call createTable\(\) of the store once at the start/,
  )
})

test('F76 createTable() in a schema that does not exist says to create the schema', async () => {
  await using schema = await createSchema()
  await using pool = disposable(openPool(schema.url))
  const store = sqlStore(pgDriver(pool), { table: `${schema.name}_none.mine` })
  const error: unknown = await store.createTable().catch((reason: unknown) => reason)
  expect(error).toMatchObject({ name: 'ConfigurationError' })
  expect(String(error)).toMatch(/_none.* does not exist\. Create the schema/)
  expect(String(error)).not.toContain('createTable()')
})

test('F76 a PostgreSQL that is not there is one line with its address, and without the password', async () => {
  const port = await freePort()
  await using pool = disposable(openPool(`postgres://app:a-secret-password@127.0.0.1:${port}/app`))
  const { status, page, lines } = await callbackOver(sqlStore(pgDriver(pool)))
  expect(status).toBe(503)
  expect(page).not.toContain('127.0.0.1')
  expect(lines).toHaveLength(1)
  expect(lines[0]?.[0]).toContain(`ECONNREFUSED 127.0.0.1:${port}`)
  expect(JSON.stringify(lines)).not.toContain('a-secret-password')
})
