/**
 * Runs the commands of docs/coming-from exactly as printed, on databases with the tables of the tools that the pages name. The
 * fake replaces refresh tokens and ends a grant whose old one is used: a mistake disconnects somebody.
 */
import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { createScene, type Scene } from './command-line.ts'
import { blocksOf, runShell } from './run-shell.ts'
import { serveNango } from './coming-from/nango-api.ts'
import {
  nangoCredentials,
  postgresDatabase,
  sqliteDatabase,
  type OldTokens,
} from './coming-from/old-databases.ts'

// Each test starts a dozen processes, one after another.
vi.setConfig({ testTimeout: 300_000 })

const folder = fileURLToPath(new URL('../../../docs/coming-from/', import.meta.url))
const userId = 'user-7-of-the-application'

const blocks = (page: string, language: string) => blocksOf(`coming-from/${page}`, language)

/** A user who connected with the other tool. `isExpired`: so long ago that the access token is over. */
async function createOldWorld(isExpired: boolean, rotates = true) {
  const scene = await createScene({ rotateRefreshTokens: rotates, reuseDetection: rotates })
  const { access_token, refresh_token } = scene.fake.install('1001:11')
  if (isExpired) scene.fake.expireAccessTokens()
  const old: OldTokens = {
    companyId: 1001,
    userId: 11,
    accessToken: access_token,
    refreshToken: refresh_token,
    expiresAt: Math.floor(Date.now() / 1_000) + (isExpired ? -60 : 3_000),
    apiDomain: scene.env['PD_OAUTH_API_ORIGIN'] ?? '',
    owner: userId,
  }
  return { scene, old }
}

/** Runs a block, then once more when the access token has expired. Fails unless the user is connected after each. */
async function runTwice(scene: Scene, block: string, env: Readonly<Record<string, string>>) {
  const first = await runShell(scene, block, env)
  expect(first.stderr).toMatch(/1 imported, 0 kept because .*, 0 failed/)
  expect(first.stdout).toContain('"company_id":1001')
  scene.fake.expireAccessTokens()
  // Now the old row has a refresh token that was used.
  await runShell(scene, 'pd-oauth refresh', env)
  const second = await runShell(scene, block, env)
  expect(second.stderr).toMatch(/0 imported, 1 kept because .*, 0 failed/)
  expect(second.stdout).toContain('"company_id":1001')
  scene.fake.expectInstalled('1001:11')
}

async function referenceOf(scene: Scene): Promise<unknown> {
  const { stdout } = await scene.run(['status', '1001:11', '--json'])
  return JSON.parse(stdout).reference
}

test.each([
  ['app-scaffold', 'the scaffold on SQLite', true, () => sqliteDatabase('scaffold')],
  ['auth-js', 'the Drizzle adapter on SQLite', true, () => sqliteDatabase('authJsDrizzle')],
  ['auth-js', 'the pg adapter', true, () => postgresDatabase('authJsPg')],
  ['auth-js', 'the Prisma adapter on PostgreSQL', false, () => postgresDatabase('authJsPrisma')],
  ['better-auth', 'SQLite', true, () => sqliteDatabase('betterAuth')],
  ['better-auth', 'PostgreSQL', false, () => postgresDatabase('betterAuth')],
])(
  'F58 the commands of %s move a user from %s, twice (expired: %s), and disconnect nobody',
  async (page, _, isExpired, prepare) => {
    const { scene, old } = await createOldWorld(isExpired)
    const database = await prepare()
    await database.insert(old)
    const [block = ''] = blocks(page, 'sh')
    await runTwice(scene, block, { DATABASE_URL: database.url })
    if (page !== 'app-scaffold') expect(await referenceOf(scene)).toBe(userId)
  },
)

test.each([
  ['without encryption', false, undefined],
  ['encrypted', true, 'dGhlIGtleSBvZiBOYW5nbywgMzIgYnl0ZXMgbG9uZyE='],
])(
  'F58 the commands of nango move a user from its PostgreSQL, %s, twice, and disconnect nobody',
  async (_, isExpired, key) => {
    const { scene, old } = await createOldWorld(isExpired)
    const database = await postgresDatabase('nango')
    await database.insert({ ...old, nangoKey: key })
    const [block = ''] = blocks('nango', 'sh')
    await runTwice(scene, block, { DATABASE_URL: database.url, NANGO_ENCRYPTION_KEY: key ?? '' })
    expect(await referenceOf(scene)).toBe(userId)
  },
)

test('F58 the commands of nango move a user from its API, twice, and disconnect nobody', async () => {
  const { scene, old } = await createOldWorld(false)
  const { origin } = await serveNango('the-secret-key-of-nango', userId, nangoCredentials(old))
  const [script = ''] = blocks('nango', 'ts')
  writeFileSync(join(scene.home, 'export-connections.ts'), script.replace('https://api.nango.dev', origin))
  const [, block = ''] = blocks('nango', 'sh')
  const call = 'pd-oauth api GET /api/v1/users/me\n'
  await runTwice(scene, block + call, { NANGO_SECRET_KEY: 'the-secret-key-of-nango' })
  expect(await referenceOf(scene)).toBe(userId)
})

test.each([0, 1])(
  'F58 block %i of cdata-and-others moves a user, twice, and disconnects nobody',
  async (index) => {
    const { scene, old } = await createOldWorld(false)
    const [, rows = ''] = /^(.*)\n/.exec(blocks('cdata-and-others', 'text')[0] ?? '') ?? []
    expect(rows).toBe('OAuthAccessToken,OAuthRefreshToken,ExpiresIn,reference')
    const block = blocks('cdata-and-others', 'sh')[index] ?? ''
    for (const _again of [1, 2]) {
      writeFileSync(
        join(scene.home, 'tokens.csv'),
        `${rows}\n${old.accessToken},${old.refreshToken},3599,me\n`,
      )
      const { stdout, stderr } = await runShell(scene, block, { REFRESH_TOKEN: old.refreshToken })
      expect(stderr).toContain(', 0 failed')
      expect(stdout).toContain('"company_id":1001')
      scene.fake.expireAccessTokens()
    }
    scene.fake.expectInstalled('1001:11')
  },
)

test('F58 F90 the commands of official-sdk move its users, twice, and disconnect nobody', async () => {
  const { scene, old } = await createOldWorld(false)
  const [printed = ''] = blocks('official-sdk', 'text')
  const values: Readonly<Record<string, unknown>> = {
    reference: 'alice',
    refresh_token: old.refreshToken,
    access_token: old.accessToken,
    expires_at: old.expiresAt,
    api_domain: old.apiDomain,
    company_id: old.companyId,
    user_id: old.userId,
  }
  const names = Object.keys(JSON.parse(printed) as object)
  expect(names.toSorted()).toEqual(Object.keys(values).toSorted())
  writeFileSync(
    join(scene.home, 'tokens.jsonl'),
    JSON.stringify(Object.fromEntries(names.map((name) => [name, values[name]]))),
  )
  const block = blocks('official-sdk', 'sh').find((code) => code.includes('pd-oauth import')) ?? ''
  await runTwice(scene, block.replace('123:456', '1001:11'), {})
  expect(await referenceOf(scene)).toBe('alice')
})

test('F58 two users with one name each are asked for, so that neither gets the other’s tokens', async () => {
  const { scene, old } = await createOldWorld(false, false)
  const { access_token, refresh_token } = scene.fake.install('1002:13')
  const database = sqliteDatabase('authJsDrizzle')
  await database.insert(old)
  await database.insert({
    ...old,
    companyId: 1002,
    userId: 13,
    accessToken: access_token,
    refreshToken: refresh_token,
  })
  const [block = ''] = blocks('auth-js', 'sh')
  const imports = block
    .split('\n')
    .filter((line) => line.startsWith('pd-oauth import'))
    .join('\n')
  for (const outcome of [/2 imported, 0 kept/, /0 imported, 2 kept/]) {
    const { stderr } = await runShell(scene, imports, { DATABASE_URL: database.url })
    expect(stderr).toMatch(outcome)
  }
  for (const id of ['1001:11', '1002:13'])
    expect((await scene.run(['api', 'GET', '/api/v1/users/me', '--installation', id])).stdout).toContain(
      `"company_id":${id.split(':')[0]}`,
    )
})

/** Pages without commands. The programs of the last two are run by the tests of apps/express-sdk. */
const withoutCommands = ['index', 'official-sdk-cookie', 'own-sign-in']

test('every page of docs/coming-from has commands that a test runs', () => {
  const tested = ['app-scaffold', 'auth-js', 'better-auth', 'cdata-and-others', 'nango', 'official-sdk']
  const pages = globSync('*.md', { cwd: folder }).map((name) => name.replace('.md', ''))
  expect(pages.filter((name) => !withoutCommands.includes(name)).toSorted()).toEqual(tested)
  for (const page of tested) expect(blocks(page, 'sh').join('')).toMatch(/pd-oauth import/)
})
