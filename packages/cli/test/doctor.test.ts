import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOAuthHandler, PipedriveOAuth } from '@pd/oauth-core'
import { toNodeListener } from '@pd/oauth-node'
import { expect, onTestFinished, test } from 'vitest'
import { ownerFindings } from '../src/doctor/machine-checks.ts'
import { checkCallback } from '../src/doctor/pipedrive-checks.ts'
import { createScene, type Run, type RunOptions, type Scene } from './command-line.ts'

interface Finding {
  readonly check: string
  readonly status: string
  readonly found: string
  readonly fix?: string
}

async function doctor(
  scene: Scene,
  options?: RunOptions,
): Promise<{ code: Run['code']; findings: Finding[] }> {
  const { code, stdout } = await scene.run(['doctor', '--json'], options)
  return { code, findings: JSON.parse(stdout) as Finding[] }
}

const of = (findings: readonly Finding[], check: string) =>
  findings.filter((finding) => finding.check === check)

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

test('doctor prints one line per check and finds no problem in a sound set-up', async () => {
  const scene = await createScene()
  await scene.connect()
  const env = { PD_OAUTH_STORE: `sqlite:${scene.database}` }
  const { code, stdout, stderr } = await scene.run(['doctor'], { env })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const lines = stdout.trimEnd().split('\n')
  expect(lines.map((line) => line.slice(0, 16).trimEnd())).toEqual([
    '✓ node',
    '✓ configuration',
    '✓ files',
    '✓ clock',
    '✓ client',
    '- callback',
    '✓ store',
    '✓ installations',
    '✓ health',
  ])
  expect(lines[1]).toContain('clientSecret from PIPEDRIVE_CLIENT_SECRET')
  // The checks have changed nothing.
  expect((await scene.run(['status', '--json'])).stdout).toContain('"id":"1001:11"')
  expect(JSON.parse((await scene.run(['status', '--json'])).stdout)).toHaveLength(1)
})

test('without a configuration, doctor names what is missing and skips the checks that need it', async () => {
  const scene = await createScene()
  const { code, findings } = await doctor(scene, {
    env: { PIPEDRIVE_CLIENT_ID: '', PIPEDRIVE_CLIENT_SECRET: '' },
  })
  expect(code).toBe(8)
  expect(of(findings, 'configuration')).toMatchObject([
    { status: 'problem', fix: expect.stringMatching(/clientId is missing.*clientSecret is missing/s) },
  ])
  expect(of(findings, 'client')).toMatchObject([{ status: 'skipped' }])
  expect(of(findings, 'node')).toMatchObject([{ status: 'ok' }])
})

test('doctor reports a wrong client secret as a problem, and no installation ends', async () => {
  const scene = await createScene()
  await scene.connect()
  const { code, findings } = await doctor(scene, {
    env: { PIPEDRIVE_CLIENT_SECRET: 'another-secret-0123456789' },
  })
  expect([code, of(findings, 'client')]).toMatchObject([
    8,
    [{ status: 'problem', fix: expect.stringContaining('Developer Hub') }],
  ])
  expect(of(findings, 'installations')).toMatchObject([{ status: 'ok' }])
})

test('doctor warns of files that others can read and gives the chmod to run', async () => {
  const scene = await createScene()
  await scene.connect()
  chmodSync(scene.database, 0o644)
  // It holds no secret.
  writeFileSync(scene.configFile, '{ "scopes": "base" }', { mode: 0o644 })
  const { code, findings } = await doctor(scene)
  expect(code).toBe(0)
  expect(of(findings, 'files')).toMatchObject([
    { status: 'warning', fix: `Run: chmod 600 ${scene.database}` },
  ])
  chmodSync(scene.secretsFile, 0o644)
  const refused = await doctor(scene)
  expect([refused.code, ...of(refused.findings, 'configuration')]).toMatchObject([
    8,
    { status: 'problem', found: expect.stringContaining(`Run: chmod 600 ${scene.secretsFile}`) },
  ])
})

test('F35 doctor reports a clock that is off by more than clockSkewMs as a problem', async () => {
  const scene = await createScene()
  const port = await serve((_, response) =>
    response.writeHead(200, { date: new Date(Date.now() - 60_000).toUTCString() }).end(),
  )
  const { findings } = await doctor(scene, { env: { PD_OAUTH_OAUTH_ORIGIN: `http://127.0.0.1:${port}` } })
  const [{ status, found, fix }] = of(findings, 'clock') as [Finding]
  expect([status, fix]).toEqual(['problem', expect.stringContaining('NTP')])
  const seconds = Number(/This clock is ([\d.]+) s ahead of/.exec(found)?.[1])
  expect(Math.abs(seconds - 60)).toBeLessThan(3)
})

test('doctor reports a missing store once', async () => {
  const scene = await createScene()
  const { code, findings } = await doctor(scene, {
    env: { PD_OAUTH_STORE: 'sqlite:/no/such/folder/at/all.db' },
  })
  expect(code).toBe(8)
  expect(findings.filter(({ status }) => status === 'problem')).toMatchObject([{ check: 'store' }])
  expect(of(findings, 'configuration')).toMatchObject([{ status: 'ok' }])
})

test('doctor counts users who have to connect again, unreadable records and missing scopes', async () => {
  const scene = await createScene()
  for (const user of ['1001:11', '1002:13']) await scene.connect(user)
  await scene.fake.uninstall('1001:11')
  expect((await scene.run(['refresh', '1001:11'])).code).toBe(4)
  const { code, findings } = await doctor(scene, { env: { PD_OAUTH_SCOPES: 'base,projects:full' } })
  expect(code).toBe(0)
  expect(of(findings, 'installations').map(({ status, found }) => [status, found])).toEqual([
    ['warning', '1 of 2 need their user to connect again'],
    ['warning', '1 of 2 have not granted: projects:full'],
  ])
  const other = await doctor(scene, { env: { PD_OAUTH_SECRETS: 'some-other-secret-0123456789-0123456789' } })
  expect([other.code, of(other.findings, 'installations')]).toMatchObject([
    8,
    [{ status: 'problem', found: '2 of 2 cannot be opened' }],
  ])
})

test('doctor asks the callback address with GET and with DELETE', async () => {
  // This address leads to this machine, but is not one of the local ones, which the check skips.
  const host = '0.0.0.0'
  const answers: { listener: RequestListener } = { listener: (_, response) => response.writeHead(404).end() }
  const server = createServer((request, response) => answers.listener(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const origin = `http://${host}:${(server.address() as AddressInfo).port}`
  const statuses = async () =>
    (await checkCallback(`${origin}/pipedrive/callback`)).map(({ status }) => status)

  expect(await statuses()).toEqual(['problem', 'warning'])
  const oauth = new PipedriveOAuth({
    clientId: 'id',
    clientSecret: 'secret',
    redirectUri: 'https://app.example.com/pipedrive/callback',
    secrets: ['only-for-tests-0123456789-0123456789'],
  })
  answers.listener = toNodeListener(createOAuthHandler(oauth))
  expect(await statuses()).toEqual(['ok', 'ok'])
})

test('doctor sends nothing to a callback address that the settings accept as local', async () => {
  for (const host of ['localhost', '127.0.0.1', '127.0.0.2', '127.1', '[::1]'])
    expect(await checkCallback(`http://${host}:1/callback`)).toMatchObject([{ status: 'skipped' }])
})

test('doctor warns of the default store if variables configure an application, and an env file names the right one', async () => {
  const scene = await createScene()
  await scene.connect()
  const project = join(scene.home, 'project')
  mkdirSync(project)
  const file = join(project, 'installations.db')
  renameSync(scene.database, file)
  writeFileSync(
    join(project, '.env'),
    'PD_OAUTH_STORE=sqlite:installations.db\nPIPEDRIVE_CLIENT_ID=not-this-one\n',
  )

  const wrong = await doctor(scene, { cwd: project })
  expect(wrong.code).toBe(0)
  expect(of(wrong.findings, 'configuration')).toMatchObject([
    { status: 'ok' },
    {
      status: 'warning',
      found: expect.stringContaining(`default one, sqlite:${scene.database}, although PIPEDRIVE_CLIENT_ID`),
      fix: expect.stringContaining('sqlite:installations.db'),
    },
  ])
  expect(of(wrong.findings, 'installations')).toMatchObject([
    { status: 'skipped', found: expect.stringContaining(scene.database) },
  ])
  expect(await scene.run(['explain', '1001:11'], { cwd: project })).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(
      /\[not_installed\]\nsqlite:\S+ \(the default: is it the store of your application\?.*has no record of 1001:11\. Nobody has connected, or the app was uninstalled: .*line/,
    ),
  })
  expect((await scene.run(['status'], { cwd: project })).stderr).toContain(
    `sqlite:${scene.database} (the default`,
  )

  const right = await scene.run(['--env-file', '.env', 'doctor', '--json'], { cwd: project })
  const findings = JSON.parse(right.stdout) as Finding[]
  expect(of(findings, 'configuration')).toMatchObject([
    { status: 'ok', found: expect.stringContaining('store from PD_OAUTH_STORE') },
  ])
  expect(of(findings, 'installations')).toMatchObject([
    { status: 'ok', found: expect.stringContaining('1 connected') },
  ])
  // Some versions of Node read the flag, too, wherever it stands, and refuse a missing file themselves.
  const missing = await scene.run(['doctor', '--env-file', 'none.env'], { cwd: project })
  expect([3, 9]).toContain(missing.code)
  expect(missing.stderr).toContain('none.env')
})

test('F17 doctor and explain name the client id that wrote a record, if it is another one', async () => {
  const scene = await createScene()
  await scene.connect()
  const env = { PIPEDRIVE_CLIENT_ID: 'the-staging-app' }
  const { code, findings } = await doctor(scene, { env })
  expect([code, of(findings, 'installations')]).toMatchObject([
    8,
    [
      {
        status: 'problem',
        found: `1 of 1 were written by another client id (${scene.fake.app.clientId}), and this one is the-staging-app`,
      },
    ],
  ])
  const explained = await scene.run(['explain'], { env })
  expect(explained.stdout).toContain(`The record was written by the client id ${scene.fake.app.clientId}`)
})

test('doctor warns of files beside a SQLite database that belong to another user', () => {
  const owners = new Map([
    ['/srv/a.db', 1000],
    ['/srv/a.db-wal', 0],
    ['/srv/a.db-shm', 1000],
  ])
  const ownerOf = (path: string) => owners.get(path)
  expect(ownerFindings('/srv/a.db', ownerOf)).toMatchObject([
    {
      status: 'warning',
      found: expect.stringContaining(
        '/srv/a.db-wal belongs to another user (uid 0) than /srv/a.db (uid 1000)',
      ),
    },
  ])
  owners.set('/srv/a.db-wal', 1000)
  expect(ownerFindings('/srv/a.db', ownerOf)).toEqual([])
})

test.runIf(process.platform !== 'win32')(
  'F47 doctor finds the files beside a SQLite database behind a link',
  () => {
    const folder = realpathSync.native(mkdtempSync(join(tmpdir(), 'pd-oauth-link-')))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const [file, link] = [join(folder, 'a.db'), join(folder, 'link.db')]
    writeFileSync(file, '')
    symlinkSync(file, link)
    const ownerOf = (path: string) => ({ [link]: 1000, [`${file}-wal`]: 0 })[path]
    expect(ownerFindings(link, ownerOf)).toMatchObject([
      {
        status: 'warning',
        found: expect.stringContaining(`${file}-wal belongs to another user (uid 0) than ${link} (uid 1000)`),
      },
    ])
  },
)
