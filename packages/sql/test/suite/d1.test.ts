import { PipedriveOAuth } from '@pd/oauth-core'
import { storeSuite } from '@pd/oauth-core/store-suite'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { d1Driver, type D1Like } from '../../src/drivers/d1.ts'
import { sqlStore } from '../../src/index.ts'
import { bundle } from '../workerd/bundle.ts'

let miniflare: Miniflare
beforeAll(async () => {
  const script = await bundle(new URL('../workerd/suite-worker.ts', import.meta.url))
  miniflare = new Miniflare({
    modules: true,
    script,
    d1Databases: ['DB'],
    compatibilityDate: '2026-01-01',
  })
})
afterAll(() => miniflare?.dispose())

// The cases run inside workerd. Here, only their titles are used.
storeSuite({
  test: (title) => {
    test(title, async () => {
      const response = await miniflare.dispatchFetch(`http://worker/${encodeURIComponent(title)}`)
      expect(await response.text()).toBe('ok')
    })
  },
  createStore: () => {
    throw new Error('The stores are created inside workerd.')
  },
  without: ['changed', 'watch', 'check'],
})

test('a missing table in D1 is answered with the command of wrangler', async () => {
  const store = sqlStore(d1Driver(await miniflare.getD1Database('DB')), { table: 'never_made' })
  await expect(store.get('1:2')).rejects.toThrow(
    /The table "never_made" does not exist in this D1 database\. Run npx wrangler d1 migrations apply .*The database said: .*no such table/,
  )
})

test('a D1 database also works from Node, through the proxy of miniflare', async () => {
  const store = sqlStore(d1Driver(await miniflare.getD1Database('DB')), { table: 'from_node' })
  await store.createTable()

  expect(await store.compareAndSet('1:2', undefined, { version: 'a', value: 'sealed' })).toBe(true)
  expect(await store.compareAndSet('1:2', undefined, { version: 'b', value: 'sealed' })).toBe(false)
  expect(await store.due(Infinity, 10)).toEqual([])
  expect(await store.list({ limit: 10 })).toEqual({ ids: ['1:2'] })
})

test('F29 a Worker reseals more records than D1 allows statements in one invocation', async () => {
  const [oldSecret, newSecret] = ['the-old-sealing-secret-0123456789', 'the-new-sealing-secret-0123456789']
  const database = await miniflare.getD1Database('DB')
  let statements = 0
  const counted: D1Like = {
    prepare: (text) => {
      statements++
      return database.prepare(text)
    },
  }
  await sqlStore(d1Driver(database), { table: 'resealed' }).createTable()
  const invocation = (...secrets: string[]) =>
    new PipedriveOAuth({
      clientId: 'app',
      clientSecret: 'app-secret',
      redirectUri: 'https://app.example.com/callback',
      secrets,
      store: sqlStore(d1Driver(counted), { table: 'resealed' }),
    })
  const before = invocation(oldSecret)
  for (let userId = 1; userId <= 50; userId++)
    await before.adopt(
      { access_token: 'v1u:x', refresh_token: 'x', expires_in: 3_600 },
      { account: { companyId: 7, userId }, obtainedAt: Date.now() },
    )

  const resealed: number[] = []
  let cursor: string | undefined
  do {
    statements = 0
    const report = await invocation(newSecret, oldSecret).reseal({ limit: 20, cursor })
    expect(statements).toBeLessThanOrEqual(50)
    resealed.push(report.resealed)
    ;({ cursor } = report)
  } while (cursor !== undefined)
  expect(resealed).toEqual([20, 20, 10])
  expect(await invocation(newSecret).reseal()).toMatchObject({ current: 50, failed: 0 })
})
