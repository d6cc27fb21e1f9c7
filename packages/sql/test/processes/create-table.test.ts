import { scenesOn, type CreateScene } from '@pd/test-support/process-suite'
import { describe, expect, test } from 'vitest'
import { createDatabases, createFolder, createSchemas } from './hosts.ts'
import { opener as mysql } from './mysql-opener.ts'
import { opener as nodeSqlite } from './node-sqlite-opener.ts'
import { opener as pg } from './pg-opener.ts'

describe('in one SQLite file', () => createTableTest(scenesOn({ opener: nodeSqlite, start: createFolder })))
describe('in PostgreSQL', () => createTableTest(scenesOn({ opener: pg, start: createSchemas })))
describe('in MariaDB', () => createTableTest(scenesOn({ opener: mysql, start: createDatabases })))

function createTableTest(createScene: CreateScene): void {
  test('4 processes create the table at once', async () => {
    await using scene = await createScene({ isEmpty: true })
    const workers = await scene.workers(4)

    await Promise.all(workers.map((worker) => worker.run('setUp', undefined)))

    expect(await scene.app.store.list({ limit: 10 })).toEqual({ ids: [] })
  })

  test('F48 the first callback without a table says what to do, and works after that', async () => {
    await using scene = await createScene({ isEmpty: true })
    const { oauth } = scene.app
    const { url, attempt } = await oauth.authorize()
    const callback = await scene.fake.approve(url)

    await expect(oauth.checkStore()).rejects.toThrow('Call createTable() of the store once at the start')
    await expect(oauth.callback(callback, attempt)).rejects.toMatchObject({
      name: 'ConfigurationError',
      retryable: false,
      message: expect.stringContaining('Call createTable() of the store once at the start'),
    })

    await scene.app.setUp()
    expect((await oauth.callback(callback, attempt)).installation.id).toBe(scene.ids[0])
  })
}
