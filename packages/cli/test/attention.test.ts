import { readFileSync } from 'node:fs'
import { PipedriveOAuth, type OAuthEvent, type PipedriveOAuthOptions } from '@pd/oauth-core'
import { sqlStore } from '@pd/oauth-sql'
import { nodeSqliteDriver } from '@pd/oauth-sql/node-sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { createScene, type Scene } from './command-line.ts'

/** Creates a scene with two users. Pipedrive has refused the grant of the first one. */
async function createSceneWithRefusal() {
  const scene = await createScene()
  for (const user of ['1001:11', '1002:13']) await scene.connect(user)
  await scene.fake.uninstall('1001:11')
  expect((await scene.run(['refresh', '1001:11'])).code).toBe(4)
  return scene
}

/** Returns the client of an application that shares the store and the secrets of the command line. */
function application(
  { database, env, fake, secretsFile }: Scene,
  redirectUri: string,
  options: Partial<PipedriveOAuthOptions> = {},
): PipedriveOAuth {
  const driver = nodeSqliteDriver(database)
  onTestFinished(() => driver.close())
  return new PipedriveOAuth({
    clientId: fake.app.clientId,
    clientSecret: fake.app.clientSecret,
    redirectUri,
    secrets: readFileSync(secretsFile, 'utf8').trim().split('\n'),
    store: sqlStore(driver),
    endpoints: { oauth: env['PD_OAUTH_OAUTH_ORIGIN'], api: env['PD_OAUTH_API_ORIGIN'] },
    logger: false,
    ...options,
  })
}

test('status --attention shows only installations that somebody should look at', async () => {
  const { run } = await createSceneWithRefusal()
  const { code, stdout } = await run(['status', '--attention', '--json'])
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    [expect.objectContaining({ id: '1001:11', status: 'reauthorization_required', needsAttention: true })],
  ])
  expect((await run(['status', '1001:11'])).stdout).toMatch(/^needs attention +yes$/m)
  expect((await run(['status', '1002:13'])).stdout).not.toContain('needs attention')
  expect(await run(['status', '--attention', '1001:11'])).toMatchObject({ code: 2, stdout: '' })

  await run(['forget', '1001:11', '--yes'])
  expect(await run(['status', '--attention'])).toEqual({
    code: 0,
    stdout: '',
    stderr: 'No installation needs attention.\n',
  })
})

test('F76 the story of a user who was taken over, refused and connected again reads right', async () => {
  const scene = await createScene()
  const { fake, redirectUri, run } = scene
  await scene.connect('1001:11')
  let now = Date.now()
  const clock = () => now
  const dying = application(scene, redirectUri, { clock, fetch: () => new Promise(() => {}) })
  const alive = application(scene, redirectUri, { clock })
  const status = async () => (await alive.installation('1001:11').describe())?.status
  now += 2 * 3_600_000
  dying
    .installation('1001:11')
    .accessToken()
    .catch(() => {})
  await expect.poll(status).toBe('refreshing')
  now += 31_000
  await fake.uninstall('1001:11')
  const asked = expect(alive.installation('1001:11').accessToken()).rejects.toMatchObject({
    code: 'reauthorization_required',
  })
  await expect.poll(status).toBe('in_doubt')
  now += 31_000
  await asked

  const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`
  const story = [
    String.raw`${time}  The user gave consent\.\n`,
    String.raw`${time}  A process did not finish its refresh in time, and another process took it over\.\n`,
    String.raw`${time}  Pipedrive refused the refresh token after the take-over\. .*\n`,
    String.raw`${time}  Pipedrive refused the grant\.\n`,
  ].join('')
  expect((await run(['explain', '1001:11'])).stdout).toMatch(
    new RegExp(
      String.raw`^1001:11 .* is reauthorization required\.\nThe user has been disconnected since ${time}: Pipedrive refused ` +
        String.raw`the refresh token after another process had taken the refresh over, .*\.\n\n${story}\n` +
        String.raw`The user has to connect again\. .*reconnect-link 1001:11\nIf it happens again, look for processes .*\n$`,
    ),
  )
  const told = JSON.parse((await run(['explain', '1001:11', '--json'])).stdout)
  expect(told).toMatchObject({
    disconnectedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    disconnectedBecause: 'after_take_over',
    why: expect.stringContaining('after another process had taken the refresh over'),
  })

  await scene.connect('1001:11')
  expect((await run(['explain', '1001:11'])).stdout).toMatch(
    new RegExp(
      String.raw`^1001:11 .* is active\.\n\n${story}${time}  The user gave consent again\.\n\nThere is nothing to do\.\n$`,
    ),
  )
  const ended: OAuthEvent[] = []
  alive.subscribe((event) => void ended.push(event))
  await alive.installation('1001:11').uninstall()
  expect(ended.find(({ type }) => type === 'uninstalled')).toMatchObject({
    history: [
      { kind: 'installed' },
      { kind: 'lease_taken_over' },
      { kind: 'refresh_contested' },
      { kind: 'reauthorization_required' },
      { kind: 'installed' },
    ],
  })
})

test('explain tells what happened to an installation, and what to do next', async () => {
  const { run } = await createSceneWithRefusal()
  const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`
  const { code, stdout, stderr } = await run(['explain', '1001:11'])
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(
    new RegExp(
      String.raw`^1001:11 \(.+, .+\) is reauthorization required\.\n` +
        String.raw`The user has been disconnected since ${time}: Pipedrive refused the refresh token\. Usually .*\.\n\n` +
        String.raw`${time}  The user gave consent\.\n${time}  Pipedrive refused the grant\.\n\n` +
        String.raw`The user has to connect again\. .*: pd-oauth reconnect-link 1001:11\n$`,
    ),
  )
  expect((await run(['explain', '1002:13'])).stdout).toMatch(/There is nothing to do\.\n$/)
  const described: unknown = JSON.parse((await run(['explain', '1001:11', '--json'])).stdout)
  expect(described).toMatchObject({
    id: '1001:11',
    status: 'reauthorization_required',
    history: [
      {
        kind: 'installed',
        count: 1,
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        sentence: 'The user gave consent.',
      },
      { kind: 'reauthorization_required' },
    ],
    nextSteps: [expect.stringContaining('reconnect-link')],
  })
  expect(await run(['explain', '7:7'])).toMatchObject({ code: 4, stdout: '' })
})

test('forget deletes a record, also one that cannot be opened, and asks Pipedrive for nothing', async () => {
  const { connect, fake, run } = await createScene()
  await connect()
  const { id, refreshToken } = fake.installations()[0]!
  const asked = await run(['forget', id])
  expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('--yes')])
  expect((await run(['status', '--json'])).stdout).toContain(id)

  const env = { PD_OAUTH_SECRETS: 'some-other-secret-0123456789-0123456789' }
  expect(await run(['forget', id, '--yes', '--json'], { env })).toEqual({
    code: 0,
    stdout: `${JSON.stringify({ id, wasStored: true })}\n`,
    stderr: '',
  })
  expect((await run(['status', '--json'])).stdout).toBe('[]\n')
  expect(fake.serverAccepts(refreshToken)).toBe(true)
  expect(await run(['forget', id, '--yes'])).toMatchObject({
    code: 0,
    stderr: `There was no record of ${id}.\n`,
  })
})

test('reconnect-link prints an address that the application accepts for this installation, and warns of localhost', async () => {
  const scene = await createSceneWithRefusal()
  const redirectUri = 'https://app.example.com/pipedrive/callback'
  const { stdout, stderr } = await scene.run(['reconnect-link', '1001:11', '--redirect-uri', redirectUri])
  const link = new URL(stdout.trim())
  expect([stderr, link.origin, link.pathname]).toEqual(['', 'https://app.example.com', '/pipedrive/install'])
  const oauth = application(scene, redirectUri)
  expect(await oauth.readReconnectLink(link.searchParams.get('reconnect') ?? '')).toBe('1001:11')

  const local = await scene.run(['reconnect-link', '1001:11', '--days', '2', '--json'])
  const { id, url, expiresAt } = JSON.parse(local.stdout) as Record<string, string>
  expect([id, url]).toEqual(['1001:11', expect.stringContaining('localhost')])
  expect(Math.abs(Date.parse(expiresAt!) - Date.now() - 2 * 86_400_000)).toBeLessThan(60_000)
  expect(local.stderr).toContain('--redirect-uri')
  expect(await scene.run(['reconnect-link', '7:7'])).toMatchObject({ code: 4, stdout: '' })
})

test('reconnect-link takes up to ten years, also as JSON', async () => {
  const scene = await createScene()
  await scene.connect()
  const link = (...flags: string[]) => scene.run(['reconnect-link', '1001:11', ...flags])
  expect(await link('--json', '--days', '3650')).toMatchObject({ code: 0 })
  for (const flags of [
    ['--days', '3651'],
    ['--json', '--days', '99999999'],
  ])
    expect(await link(...flags)).toMatchObject({ code: 2, stderr: expect.stringContaining('from 1 to 3650') })
})
