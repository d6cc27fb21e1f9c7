import {
  mkdtempSync,
  rmSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { permissionProblem } from '../src/files/owner-only.ts'
import { holdsPassword, readStoreUrl } from '../src/store/store-url.ts'
import { createScene, type Scene } from './command-line.ts'

/** The files that hold secrets: how to use each, and what can hold its secrets in its place. */
const files = {
  'sealing secrets': {
    path: ({ secretsFile }: Scene) => secretsFile,
    content: 'a-sealing-secret-only-for-this-test-0123456789\n',
    variable: 'PD_OAUTH_SECRETS',
  },
  'the client secret': {
    path: ({ home }: Scene) => join(home, 'client-secret'),
    content: 'hunter2-hunter2-hunter2\n',
    variable: 'PIPEDRIVE_CLIENT_SECRET',
  },
  'the configuration': {
    path: ({ configFile }: Scene) => configFile,
    content: JSON.stringify({ clientSecret: 'hunter2-hunter2-hunter2' }),
    variable: 'PIPEDRIVE_CLIENT_SECRET',
  },
  'a store with its password': {
    path: ({ configFile }: Scene) => configFile,
    content: JSON.stringify({ store: 'redis://:hunter2@127.0.0.1:1/0' }),
    variable: 'PD_OAUTH_STORE',
  },
}

describe.runIf(process.platform !== 'win32').each(Object.entries(files))('a file with %s', (what, file) => {
  async function createSceneWithFile() {
    const scene = await createScene()
    const path = file.path(scene)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, file.content, { mode: 0o600 })
    const env: Record<string, string> =
      what === 'the client secret' ? { PIPEDRIVE_CLIENT_SECRET: '', PIPEDRIVE_CLIENT_SECRET_FILE: path } : {}
    return { ...scene, path, status: () => scene.run(['status'], { env }) }
  }

  test('F82 is refused if others may read or write it, with the sentence that mends it', async () => {
    const { path, status } = await createSceneWithFile()
    for (const mode of [0o640, 0o602]) {
      chmodSync(path, mode)
      const { code, stdout, stderr } = await status()
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
      expect(stderr).toContain(`(mode 0${mode.toString(8)}). Run: chmod 600 ${path}`)
      expect(stderr).toContain(file.variable)
      expect(stderr).not.toContain('hunter2')
      expect(readFileSync(path, 'utf8')).toBe(file.content)
    }
    chmodSync(path, 0o600)
    expect((await status()).stderr).not.toContain('chmod')
  })

  test.runIf(process.getuid?.() === 0)('F82 is refused if it belongs to another user', async () => {
    const { path, status } = await createSceneWithFile()
    chownSync(path, 12_345, 12_345)
    const { code, stderr } = await status()
    expect([code, stderr]).toEqual([
      3,
      expect.stringContaining('belongs to another user of this machine (uid 12345)'),
    ])
  })
})

test.runIf(process.platform !== 'win32')(
  'F82 an env file that others can read causes a warning, but only if it holds secrets',
  async () => {
    const { fake, home, run } = await createScene()
    const path = join(home, 'app.env')
    const warns = async (line: string, mode: number) => {
      writeFileSync(path, `${line}\nPD_OAUTH_SCOPES=base\n`)
      chmodSync(path, mode)
      const { code, stderr } = await run(['--env-file', path, 'secret'])
      expect([code, stderr]).toEqual([0, expect.not.stringContaining('hunter2')])
      return stderr.includes(`holds secrets, and other users of this machine have access to it (mode 0644)`)
    }
    for (const line of [
      `PIPEDRIVE_CLIENT_SECRET=${fake.app.clientSecret}`,
      'PD_OAUTH_SECRETS="hunter2-hunter2"',
      'PD_OAUTH_STORE=redis://:hunter2@localhost',
      'DATABASE_URL=postgres://user:hunter2@localhost/db',
      'DATABASE_URL="postgres://user:1234#hunter2@localhost/db"',
      'export ENCRYPTION_KEY=hunter2',
    ])
      expect([line, await warns(line, 0o644)]).toEqual([line, true])
    expect(await warns('PIPEDRIVE_CLIENT_SECRET=hunter2', 0o600)).toBe(false)
    for (const line of [
      'PIPEDRIVE_CLIENT_ID=id',
      'PD_OAUTH_SECRETS_FILE=keys',
      'PIPEDRIVE_CLIENT_SECRET=',
      'PD_OAUTH_STORE=redis://localhost',
    ])
      expect([line, await warns(line, 0o644)]).toEqual([line, false])
  },
)

test('F82 a database behind a dangling link is readable by its owner only, and so are the files beside it', async () => {
  const { home, run } = await createScene()
  const [link, target] = [join(home, 'link.db'), join(home, 'target.db')]
  symlinkSync(target, link)
  expect(await run(['status', '--store', `sqlite:${link}`])).toMatchObject({ code: 0 })
  // Another connection keeps the files of the write-ahead log.
  using database = new DatabaseSync(target)
  database.exec('CREATE TABLE held (id INTEGER)')
  for (const path of [target, `${target}-wal`, `${target}-shm`])
    expect([path, statSync(path).mode & 0o777]).toEqual([path, 0o600])
})

test('F82 every mode that gives others any access is a problem, and no other', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'mode-')), 'secrets')
  onTestFinished(() => rmSync(dirname(path), { recursive: true }))
  writeFileSync(path, 'x')
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0o777 }), (mode) => {
      chmodSync(path, mode)
      expect(permissionProblem(path) === undefined).toBe((mode & 0o077) === 0)
    }),
  )
})

const secret = fc.stringMatching(/^[A-Za-z0-9]{12}$/)
const scheme = fc.constantFrom('redis', 'rediss', 'postgres', 'postgresql', 'mysql', 'mariadb')
const user = fc.constantFrom('', 'user', 'a%40b')
const parameter = fc.constantFrom(
  'password',
  'sentinelPassword',
  'sslpassword',
  'PASSWORD',
  'pass',
  'passwd',
  'token',
)
const withPassword = fc.oneof(
  fc.tuple(scheme, user, secret).map(([s, u, p]) => ({ url: `${s}://${u}:${p}@127.0.0.1:1/0?prefix=x`, p })),
  fc
    .tuple(scheme, user, secret, parameter)
    .map(([s, u, p, name]) => ({ url: `${s}://${u}@127.0.0.1:1/0?a=b&${name}=${p}`, p })),
)

test('F82 every place of a password in the address of a store is known, and none is shown', () => {
  fc.assert(
    fc.property(withPassword, ({ url, p }) => {
      expect(holdsPassword(url)).toBe(true)
      const { address, href } = readStoreUrl(url, 'prefix')
      expect(address).not.toContain(p)
      expect(href).toContain(p)
    }),
  )
  for (const url of [
    'redis://127.0.0.1/0?prefix=x',
    'redis://a%40b@127.0.0.1:1/0?prefix=x%40y',
    'postgres://user@host/db?table=t',
    'sqlite:/a:b@c?password=d',
    'memory:',
  ])
    expect([url, holdsPassword(url)]).toEqual([url, false])
})

/** A password with characters that are not percent-encoded. What stands before the first of them can be a valid port. */
const unencoded = fc
  .tuple(
    fc.constantFrom('', '1234', '65535', '99999', 'abc'),
    fc.array(fc.constantFrom('#', '/', '?', '@', ':', '&', '%', ' ', '[', '1', 'b'), { maxLength: 6 }),
    fc.constantFrom('#', '/', '?'),
    secret,
  )
  .map(([start, middle, end, rest]) => ({ password: `${start}${middle.join('')}${end}${rest}`, rest }))

test('F82 the address of a store with an unencoded password is malformed, and counts as one with a password', () => {
  fc.assert(
    fc.property(
      scheme,
      fc.constantFrom('://user', '://', ':user', ':/user'),
      unencoded,
      fc.constantFrom('127.0.0.1:1', 'host', '[::1]:1'),
      (s, start, { password, rest }, host) => {
        const url = `${s}${start}:${password}@${host}/0?table=t`
        expect([url, holdsPassword(url), holdsPassword(` ${url}`)]).toEqual([url, true, true])
        let message = 'no error'
        try {
          message = readStoreUrl(url, 'table').address
        } catch (error) {
          message = String(error)
        }
        expect([url, message]).toEqual([url, expect.stringContaining('percent-encoded')])
        expect(message).not.toContain(rest)
      },
    ),
  )
})

test('F82 a part of a password that became a parameter is not shown, but the table is', () => {
  const { address } = readStoreUrl('postgres://user@host/db?password=hun&ter2&table=a%26b', 'table')
  expect(address).toBe('postgres://user@host/db?table=a%26b')
})

test.each(['postgres', 'postgresql'])('an address in %s may name a socket in place of a host', (s) => {
  const read = readStoreUrl(`${s}://user:hunter2@/db?host=/cloudsql/a:b:c&table=t`, 'table')
  expect(read).toEqual({
    href: `${s}://user:hunter2@localhost/db?host=%2Fcloudsql%2Fa%3Ab%3Ac`,
    name: 't',
    address: `${s}://user@localhost/db?table=t`,
  })
  expect(() => readStoreUrl(`${s}://user:hunter2@/db`, 'table')).toThrow('malformed')
})

test.each(['redis', 'postgres', 'mysql'])('F82 what the driver of %s cannot decode is malformed', (s) => {
  for (const url of ['us%ffer:x@host/0', 'user:x%@host/0', 'user:x@ho%ffst/0', 'user:x@host/%ff'])
    expect(() => readStoreUrl(`${s}://${url}`, 'table')).toThrow('percent-encoded')
})

test.each([
  ['--store', (url: string) => ['status', '--store', url], 'PD_OAUTH_STORE'],
  ['the source of an import', (url: string) => ['import', url], 'env:DATABASE_URL'],
  ['the name of a variable', (url: string) => ['import', `env:${url}`], 'env:DATABASE_URL'],
])(
  'F82 a password in %s is refused, which names what to do and does not repeat it',
  async (_, argsOf, way) => {
    const { run } = await createScene()
    for (const url of [
      'postgres://user:hunter2@127.0.0.1:1/x',
      'postgres://127.0.0.1:1/x?password=hunter2',
      'postgres://user:hunter2/x@host:port/y',
      'postgres://user:1234#hunter2@127.0.0.1:1/x',
      'postgres://user:1234/hunter2@127.0.0.1:1/x',
      'postgres://user:1234?hunter2@127.0.0.1:1/x',
    ]) {
      const { code, stdout, stderr } = await run(argsOf(url))
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
      expect(stderr).toContain('to every user of this machine')
      expect(stderr).toContain(way)
      expect(stderr).not.toContain('hunter2')
    }
  },
)
