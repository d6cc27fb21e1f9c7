import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@pd/test-support/free-port'
import { mysqlUrl } from '@pd/test-support/mysql'
import { postgresUrl } from '@pd/test-support/postgres'
import { startRedis } from '@pd/test-support/redis'
import { expect, test } from 'vitest'
import { createScene } from './command-line.ts'

/** Runs the commands one after another over one store, each as a process of its own. */
async function expectToWork(store: string) {
  const { fake, run: runAlone } = await createScene()
  const run = (args: readonly string[], input = '') => runAlone([...args, '--store', store], { input })
  const begun = await run(['url'])
  const callback = await fake.approve(begun.stdout.trim())
  expect(await run(['exchange', '-'], callback)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Connected \d+:\d+ \(/),
  })
  const [installed] = fake.installations()
  expect(await run(['token'])).toEqual({ code: 0, stdout: `${installed!.accessTokens[0]}\n`, stderr: '' })
  expect(await run(['refresh'])).toMatchObject({ code: 0 })
  expect(JSON.parse((await run(['status', '--json'])).stdout)).toMatchObject([
    { id: installed!.id, refreshes: 1 },
  ])
  expect(JSON.parse((await run(['keep-alive', '--within', '70', '--json'])).stdout)).toMatchObject({
    refreshed: 1,
    failed: 0,
  })
  expect(await run(['uninstall', '--yes'])).toMatchObject({ code: 0 })
  expect(await run(['token'])).toMatchObject({ code: 4 })
}

test('installations are kept in SQLite', async () => {
  const { home } = await createScene()
  await expectToWork(`sqlite:${join(home, 'my own.db')}?table=mine`)
  expect(readFileSync(join(home, 'my own.db')).toString('latin1')).toContain('mine')
})

test('installations are kept in Redis', async () => {
  await using redis = await startRedis()
  await expectToWork(`redis://127.0.0.1:${redis.port}/0?prefix=cli-test`)
})

test('installations are kept in PostgreSQL', async () => {
  const url = new URL(postgresUrl())
  url.searchParams.set('table', `cli_test_${process.pid}`)
  await expectToWork(url.href)
})

test('installations are kept in MariaDB', async () => {
  const url = new URL(mysqlUrl())
  url.searchParams.set('table', `cli_test_${process.pid}`)
  await expectToWork(url.href)
})

test('mariadb:// is another name of mysql://', async () => {
  const { run } = await createScene()
  const url = new URL(mysqlUrl().replace('mysql:', 'mariadb:'))
  url.searchParams.set('table', `cli_named_${process.pid}`)
  expect(await run(['status', '--store', url.href])).toMatchObject({ code: 0 })
})

test('a command warns that the store memory: is lost when it ends', async () => {
  const { run, fake } = await createScene()
  const { stdout } = await run(['url', '--store', 'memory:'])
  const input = await fake.approve(stdout.trim())
  const { code, stderr } = await run(['exchange', '--store', 'memory:'], { input })
  expect(code).toBe(0)
  expect(stderr).toContain('The store is in memory')
  expect(await run(['token', '--store', 'memory:'])).toMatchObject({ code: 4 })
})

test('a store that does not answer is an error that names it without its password', async () => {
  const { run } = await createScene()
  const port = await freePort()
  for (const scheme of ['redis', 'postgres', 'mysql']) {
    const url = `${scheme}://user:hunter2@127.0.0.1:${port}/0?password=hunter3&sslpassword=hunter4`
    const { code, stdout, stderr } = await run(['status'], { env: { PD_OAUTH_STORE: url } })
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' })
    expect(stderr).toContain(`${scheme}://user@127.0.0.1:${port}/0 can`)
    expect(stderr).toContain('ECONNREFUSED')
    expect(stderr).not.toContain('hunter')
  }
})

test('a file that is not a database is an error and is not changed', async () => {
  const { home, run } = await createScene()
  const path = join(home, 'letter.txt')
  const content = 'Dear Sir or Madam, '.repeat(100)
  writeFileSync(path, content, { mode: 0o600 })
  const { code, stdout, stderr } = await run(['status', '--store', `sqlite:${path}`])
  expect({ code, stdout }).toEqual({ code: 6, stdout: '' })
  expect(stderr).toContain(`${path} is not a SQLite database`)
  expect(readFileSync(path, 'utf8')).toBe(content)
})

test('a database in a missing folder is an error', async () => {
  const { home, run } = await createScene()
  const { code, stderr } = await run(['status', '--store', `sqlite:${join(home, 'no', 'a.db')}`])
  expect(code).toBe(3)
  expect(stderr).toContain(`the folder ${join(home, 'no')} does not exist`)
})

test.each([
  ['store', ['status'], 'PD_OAUTH_STORE'],
  ['source of an import', ['import', 'env:DATABASE_URL'], 'DATABASE_URL'],
])(
  'a malformed address of a %s is an error that does not repeat it',
  async (what, args, variable) => {
    const { run } = await createScene()
    const schemes = what === 'store' ? ['postgres', 'mysql', 'redis'] : ['postgres']
    for (const password of ['hunter/x', 'hunter#x', '1234#hunter', '1234/hunter', '1234?hunter', 'hunter%ff'])
      for (const scheme of schemes) {
        const url = `${scheme}://user:${password}@127.0.0.1:1/0`
        const { code, stdout, stderr } = await run(args, { env: { [variable]: url } })
        expect([url, code, stdout]).toEqual([url, 3, ''])
        expect(stderr).toContain('percent-encoded')
        expect(stderr).not.toMatch(/hunter|1234|unexpected/)
      }
  },
  60_000,
)

test('the path of a database may begin with ~', async () => {
  const { home, run } = await createScene()
  mkdirSync(join(home, 'here'))
  expect(await run(['status', '--store', 'sqlite:~/here/a.db'])).toMatchObject({ code: 0 })
  expect(readFileSync(join(home, 'here', 'a.db')).length).toBeGreaterThan(0)
  const { stderr } = await run(['import', 'sqlite:~/here/a.db'])
  expect(stderr).toContain('~/here/a.db has no table pipedrive_tokens')
})
