import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { PipedriveOAuth } from '@pd/oauth-core'
import { sqlStore } from '@pd/oauth-sql'
import { nodeSqliteDriver } from '@pd/oauth-sql/node-sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { createScene, startProgram, type Scene } from './command-line.ts'

const oldSecret = 'the-old-sealing-secret-0123456789-abcdef'
const newSecret = 'the-new-sealing-secret-0123456789-abcdef'

/** Fills the default store with installations sealed with the old secret. The secrets file has the new one first. */
async function manyInstallations(scene: Scene, count: number): Promise<void> {
  for (const file of [scene.database, scene.secretsFile])
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(scene.database, '', { mode: 0o600 })
  using driver = nodeSqliteDriver(scene.database)
  const store = sqlStore(driver)
  await store.createTable()
  const { clientId, clientSecret, redirectUri } = scene.fake.app
  const oauth = new PipedriveOAuth({ clientId, clientSecret, redirectUri, secrets: [oldSecret], store })
  const obtainedAt = Date.now()
  for (let userId = 1; userId <= count; userId += 1)
    await oauth.adopt(
      { access_token: `access-${userId}`, refresh_token: `refresh-${userId}`, expires_in: 3_600 },
      { obtainedAt, account: { companyId: 5, userId } },
    )
  writeFileSync(scene.secretsFile, `${newSecret}\n${oldSecret}\n`, { mode: 0o600 })
}

/** Returns how many records name each key. */
function records(scene: Scene): Map<string, number> {
  using database = new DatabaseSync(scene.database, { readOnly: true })
  const [table] = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%value%'")
    .all()
  const counts = new Map<string, number>()
  for (const { value } of database.prepare(`SELECT value FROM "${table!['name']}"`).all()) {
    const { kid } = JSON.parse(Buffer.from(String(value).split('.')[0]!, 'base64url').toString()) as {
      kid: string
    }
    counts.set(kid, (counts.get(kid) ?? 0) + 1)
  }
  return counts
}

const opensAlone = async (scene: Scene, secret: string) => {
  const { stdout } = await scene.run(['status', '--json'], { env: { PD_OAUTH_SECRETS: secret } })
  return (JSON.parse(stdout) as { status: string }[]).filter(({ status }) => status === 'active').length
}

test('F29 rotate-secrets seals every record with the newest secret and says when to remove the older one', async () => {
  const scene = await createScene()
  await manyInstallations(scene, 20)
  const first = await scene.run(['rotate-secrets'])
  expect(first).toMatchObject({ code: 0, stdout: '' })
  expect(first.stderr).toContain('20 sealed with the newest secret, 0 already were, 0 failed.')
  expect(first.stderr).toContain('Keep 1 older secret until ')
  expect(readFileSync(scene.secretsFile, 'utf8')).toContain(oldSecret)

  const second = await scene.run(['rotate-secrets', '--remove-old', '--json'])
  expect(JSON.parse(second.stdout)).toEqual({ resealed: 0, current: 20, gone: 0, failed: [] })
  expect(readFileSync(scene.secretsFile, 'utf8')).toBe(`${newSecret}\n`)
  expect(await opensAlone(scene, newSecret)).toBe(20)
})

test('F29 rotate-secrets, killed in the middle, continues where it stopped', async () => {
  const scene = await createScene()
  const all = 2_000
  await manyInstallations(scene, all)
  const child = startProgram(['rotate-secrets', '--concurrency', '1'], { env: scene.env })
  const exited = once(child, 'exit')
  await expect.poll(() => records(scene).size).toBe(2)
  child.kill('SIGKILL')
  await exited
  const after = [...records(scene).values()]
  expect(after.length).toBe(2)
  expect(after[0]! + after[1]!).toBe(all)

  const again = await scene.run(['rotate-secrets', '--json'])
  const { resealed, current, failed } = JSON.parse(again.stdout) as {
    resealed: number
    current: number
    failed: []
  }
  expect([again.code, resealed + current, failed]).toEqual([0, all, []])
  expect(Math.min(resealed, current)).toBeGreaterThan(0)
  expect([...records(scene).values()]).toEqual([all])
  expect(await opensAlone(scene, newSecret)).toBe(all)
})

test('F29 rotate-secrets loses no tokens while other processes refresh', async () => {
  const scene = await createScene({ rotateRefreshTokens: true, reuseDetection: true })
  await scene.connect('1001:11')
  await scene.run(['secret', '--add'])
  const both = await Promise.all([
    scene.run(['rotate-secrets']),
    scene.run(['refresh', '1001:11']),
    scene.run(['refresh', '1001:11']),
    scene.run(['rotate-secrets']),
  ])
  expect(both.map(({ code }) => code)).toEqual([0, 0, 0, 0])
  expect((await scene.run(['rotate-secrets', '--remove-old'])).code).toBe(0)
  expect(scene.fake.serverAccepts((await scene.run(['token'])).stdout.trim())).toBe(true)
})

test('F29 rotate-secrets names a record with an unknown secret, does not change it, and removes no secret', async () => {
  const scene = await createScene()
  await manyInstallations(scene, 3)
  const secrets = `${newSecret}\nanother-sealing-secret-0123456789-abcdef\n`
  writeFileSync(scene.secretsFile, secrets)
  const ended = await scene.run(['rotate-secrets', '--remove-old'])
  expect(ended).toMatchObject({ code: 8, stdout: expect.stringContaining('5:1  failed: unknown_key') })
  expect(ended.stderr).toContain('Keep the older secrets')
  expect(readFileSync(scene.secretsFile, 'utf8')).toBe(secrets)
  expect(await opensAlone(scene, oldSecret)).toBe(3)
})

test('rotate-secrets --new creates the secret first, and is refused if the secrets are not in a file', async () => {
  const scene = await createScene()
  await scene.connect()
  const before = readFileSync(scene.secretsFile, 'utf8').trim()
  expect((await scene.run(['rotate-secrets', '--new', '--remove-old'])).code).toBe(0)
  const after = readFileSync(scene.secretsFile, 'utf8').trim().split('\n')
  expect([after.length, after.includes(before)]).toEqual([1, false])
  expect((await scene.run(['status', '1001:11'])).code).toBe(0)

  const env = { PD_OAUTH_SECRETS: `${newSecret},${oldSecret}` }
  const refused = await scene.run(['rotate-secrets', '--new'], { env })
  expect(refused).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('from PD_OAUTH_SECRETS, not from a file'),
  })
})

test('rotate-secrets --new adds no secret while the settings or the store cannot be used', async () => {
  const scene = await createScene()
  await manyInstallations(scene, 1)
  const before = readFileSync(scene.secretsFile, 'utf8')
  const causes: readonly (readonly [readonly string[], Record<string, string>, number])[] = [
    [['--store', 'redis://127.0.0.1:1'], {}, 6],
    [['--store', 'sqlite:/nowhere/x.db'], {}, 3],
    [[], { PIPEDRIVE_CLIENT_ID: '' }, 3],
    [[], { PIPEDRIVE_CLIENT_SECRET: '' }, 3],
    [['--client-secret-file', '/nowhere'], {}, 3],
  ]
  for (const [args, env, code] of causes) {
    const ended = await scene.run(['rotate-secrets', '--new', ...args], { env })
    expect([args, ended.code, readFileSync(scene.secretsFile, 'utf8')]).toEqual([args, code, before])
    expect(ended.stderr).not.toContain('without --new')
  }
})

test('rotate-secrets --new, interrupted or with a record that failed, says to run it again without --new', async () => {
  const scene = await createScene()
  await manyInstallations(scene, 2_000)
  const child = startProgram(['rotate-secrets', '--new', '--concurrency', '1'], { env: scene.env })
  const [stderr, exited] = [text(child.stderr), once(child, 'exit')]
  await expect.poll(() => records(scene).size).toBe(2)
  child.kill('SIGINT')
  const advice = expect.stringContaining('The new secret was added. Run it again without --new.')
  expect([await exited, await stderr]).toEqual([[130, null], advice])

  writeFileSync(scene.secretsFile, `${newSecret}\n`)
  expect(await scene.run(['rotate-secrets', '--new'])).toMatchObject({ code: 8, stderr: advice })
})

test('rotate-secrets names the next step for secrets in a variable, and in a file', async () => {
  const scene = await createScene()
  await manyInstallations(scene, 1)
  const env = { PD_OAUTH_SECRETS: `${newSecret},${oldSecret}` }
  const ofVariable = await scene.run(['rotate-secrets'], { env })
  expect(ofVariable.stderr).toMatch(/Then: remove it from PD_OAUTH_SECRETS\n$/)
  const ofFile = await scene.run(['rotate-secrets'])
  expect(ofFile.stderr).toMatch(/Then: pd-oauth rotate-secrets --remove-old\n$/)
})

test('F87 rotate-secrets says what older secrets still seal, and until when they are needed', async () => {
  const scene = await createScene()
  await manyInstallations(scene, 1)
  const { clientId, clientSecret, redirectUri } = scene.fake.app
  const of = (secrets: readonly string[]) => {
    const driver = nodeSqliteDriver(scene.database)
    onTestFinished(() => driver.close())
    return new PipedriveOAuth({ clientId, clientSecret, redirectUri, secrets, store: sqlStore(driver) })
  }
  const session = await of([oldSecret]).issueSession('5:1', 3_600_000)
  const earliest = Date.now()
  const { stderr } = await scene.run(['rotate-secrets'])
  for (const sealed of ['sessions (30 days)', 'reconnect links (7 days)', 'attempts to connect'])
    expect(stderr).toContain(sealed)
  const [, date = ''] = /Keep 1 older secret until (\S+ \S+) UTC/.exec(stderr) ?? []
  const heldMs = Date.parse(`${date.replace(' ', 'T')}Z`) - earliest
  expect(Math.floor((heldMs + 1_000) / 60_000 / 60 / 24)).toBe(30)

  // A session that was sealed before ends with the secret: that is what the date is for.
  expect(await of([newSecret, oldSecret]).readSession(session)).toBeDefined()
  expect(await of([newSecret]).readSession(session)).toBeUndefined()
  const removed = await scene.run(['rotate-secrets', '--remove-old'])
  expect(removed.stderr).toContain('their users have to sign in again')
})
