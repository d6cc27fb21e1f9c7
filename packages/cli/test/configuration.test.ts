import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { createScene, runProgram, type Scene } from './command-line.ts'

function writeConfig({ configFile }: Scene, content: unknown, mode = 0o600): void {
  mkdirSync(dirname(configFile), { recursive: true })
  writeFileSync(configFile, typeof content === 'string' ? content : JSON.stringify(content))
  chmodSync(configFile, mode)
}

/** Returns the environment without the variables that configure the app. */
function bare({ env }: Scene) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(PIPEDRIVE|PD_OAUTH)_/.test(name)))
}

test('without a configuration, the error names the command to start with', async () => {
  const scene = await createScene()
  const { code, stdout, stderr } = await runProgram(['token'], { env: bare(scene) })
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  expect(stderr).toContain('clientId is missing: give --client-id or PIPEDRIVE_CLIENT_ID or "clientId" in')
  expect(stderr).toContain('clientSecret is missing: give --client-secret-file or PIPEDRIVE_CLIENT_SECRET or')
  expect(stderr).toContain('pd-oauth login --client-id <id> --client-secret-file - --save')
})

test('one error names every problem and where each value came from, but no value', async () => {
  const scene = await createScene()
  writeConfig(scene, {
    redirectUrl: 'x',
    scopes: 7,
    endpoints: { oauht: 'https://x', api: 'ftp://x-marks-the-spot' },
  })
  const env = {
    ...bare(scene),
    PIPEDRIVE_REDIRECT_URI: 'http://not-this-machine.example/',
    PD_OAUTH_SECRETS: 'short',
  }
  const args = [
    'status',
    '--store',
    'oracle://root:hunter2@localhost',
    '--installation',
    '12',
    '--client-id',
    'id',
  ]
  const { code, stdout, stderr } = await runProgram(args, { env })
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  const problems = stderr.split('\n').filter((line) => line.startsWith('- '))
  expect(problems).toEqual([
    `- "redirectUrl" in ${scene.configFile} is not a known key (did you mean redirectUri?)`,
    `- "endpoints.oauht" in ${scene.configFile} is not a known key (did you mean endpoints.oauth?)`,
    '- PIPEDRIVE_REDIRECT_URI must be the registered callback address: https, or http on localhost, without a fragment',
    `- "scopes" in ${scene.configFile} must be a list: text separated by commas, or an array of text`,
    '- --store must be sqlite:<path>, redis://…, rediss://…, postgres://…, mysql://… or memory:',
    '- PD_OAUTH_SECRETS must be secrets of at least 32 characters each, the newest first, separated by commas (pd-oauth secret prints one)',
    '- --installation must be a company id and a user id, such as 123:456',
    `- "endpoints.api" in ${scene.configFile} must be an origin such as https://oauth.pipedrive.com: https, or http on localhost, no path`,
    `- clientSecret is missing: give --client-secret-file or PIPEDRIVE_CLIENT_SECRET or "clientSecret" in ${scene.configFile}`,
  ])
  expect(stderr).not.toMatch(/hunter2|not-this-machine|spot/)
})

test('a flag wins over a variable, and a variable over the file', async () => {
  const scene = await createScene()
  const { env, fake, redirectUri, run } = scene
  const clientIdOf = async (args: readonly string[], variables: Record<string, string>) => {
    const { stdout } = await run(['url', ...args], { env: { PIPEDRIVE_CLIENT_ID: '', ...variables } })
    return new URL(stdout.trim()).searchParams.get('client_id')
  }
  writeConfig(scene, {
    clientId: 'of-the-file',
    redirectUri,
    endpoints: { oauth: env['PD_OAUTH_OAUTH_ORIGIN'] },
  })
  expect(await clientIdOf([], {})).toBe('of-the-file')
  expect(await clientIdOf([], { PIPEDRIVE_CLIENT_ID: 'of-a-variable' })).toBe('of-a-variable')
  expect(await clientIdOf(['--client-id', 'of-a-flag'], { PIPEDRIVE_CLIENT_ID: 'of-a-variable' })).toBe(
    'of-a-flag',
  )
  expect(fake.calls).toEqual([])
})

test('PIPEDRIVE_ORIGIN is both endpoints, unless a variable for one of them is set', async () => {
  const scene = await createScene()
  const { origin } = new URL(scene.env['PD_OAUTH_API_ORIGIN'] ?? '')
  const away = 'http://localhost:1'
  const only = { PD_OAUTH_OAUTH_ORIGIN: '', PD_OAUTH_API_ORIGIN: '', PIPEDRIVE_ORIGIN: origin }
  const begun = await scene.run(['url'], { env: only })
  expect(new URL(begun.stdout).origin).toBe(origin)
  const input = await scene.fake.approve(begun.stdout.trim())
  expect(await scene.run(['exchange', '-'], { env: only, input })).toMatchObject({ code: 0 })
  const explicit = await scene.run(['url'], { env: { ...only, PD_OAUTH_OAUTH_ORIGIN: away } })
  expect(new URL(explicit.stdout).origin).toBe(away)
  const wrong = await scene.run(['status'], { env: { ...only, PIPEDRIVE_ORIGIN: 'hunter2' } })
  expect(wrong).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('- PIPEDRIVE_ORIGIN must be an origin'),
  })
})

test('a configuration file is enough, and its paths are relative to it', async () => {
  const scene = await createScene()
  const { fake, redirectUri, env } = scene
  const { clientId, clientSecret } = fake.app
  const api = env['PD_OAUTH_API_ORIGIN']
  const folder = join(scene.home, 'elsewhere')
  mkdirSync(folder)
  const config = join(folder, 'app.json')
  const endpoints = { oauth: api, api }
  writeFileSync(
    config,
    JSON.stringify({
      clientId,
      clientSecret,
      redirectUri,
      endpoints,
      store: 'sqlite:a.db',
      secretsFile: 'keys',
    }),
    { mode: 0o600 },
  )
  const run = (args: readonly string[]) =>
    runProgram([...args, '--config', config], { env: bare(scene), cwd: scene.home })
  const missing = await run(['status'])
  expect(missing).toMatchObject({ code: 3, stdout: '' })
  expect(missing.stderr).toContain(`${join(folder, 'keys')} does not exist`)
  expect(missing.stderr).toContain(`pd-oauth secret --add --secrets-file ${join(folder, 'keys')}`)
  expect(await run(['secret', '--add'])).toMatchObject({ code: 0, stdout: '' })
  expect(await run(['status'])).toMatchObject({ code: 0, stdout: '' })
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['a.db', 'app.json', 'keys']))
  expect(statSync(join(folder, 'a.db')).mode & 0o777).toBe(0o600)
})

test.for([
  [
    'not JSON',
    '{ "clientSecret": "hunter2-hunter2", oops }',
    /is not JSON \(line 1, column \d+\)\.|is not JSON\./,
  ],
  ['not an object', '["hunter2-hunter2"]', /must be a JSON object/],
  ['not text', Buffer.from([0xff, 0xfe, 0x00]).toString('latin1'), /is not/],
] as const)(
  'a configuration file that is %s is an error that names the file and repeats nothing from it',
  async ([, content, message]) => {
    const scene = await createScene()
    mkdirSync(dirname(scene.configFile), { recursive: true })
    writeFileSync(scene.configFile, content, 'latin1')
    const { code, stdout, stderr } = await runProgram(['status'], { env: bare(scene) })
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toContain(`The configuration file ${scene.configFile} `)
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('hunter2')
  },
)

test('a missing configuration file that the user named is an error', async () => {
  const { run } = await createScene()
  const { code, stderr } = await run(['status', '--config', 'nowhere.json'], { cwd: '/' })
  expect(code).toBe(3)
  expect(stderr).toContain('The configuration file /nowhere.json does not exist.')
})

test('a database that others can read causes a warning with the chmod to run', async () => {
  const scene = await createScene()
  await scene.run(['status'])
  chmodSync(scene.database, 0o666)
  const { code, stderr } = await scene.run(['status'])
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining(`(mode 0666). Run: chmod 600 ${scene.database}`),
  ])
})

test('a client secret on the command line is refused and not repeated', async () => {
  const { run } = await createScene()
  const { code, stderr } = await run(['status', '--client-secret', 'hunter2-hunter2'])
  expect(code).toBe(3)
  expect(stderr).toContain('--client-secret-file')
  expect(stderr).not.toContain('hunter2')
})

test('a client secret can come from a file or from standard input', async () => {
  const { connect, fake, home, run } = await createScene()
  await connect()
  const file = join(home, 'client-secret')
  writeFileSync(file, `${fake.app.clientSecret}\n`, { mode: 0o600 })
  const refresh = (from: string, input = '') => run(['refresh', '--client-secret-file', from], { input })
  expect(await refresh(file)).toMatchObject({ code: 0, stdout: '' })
  expect(await refresh('-', `${fake.app.clientSecret}\n`)).toMatchObject({ code: 0, stdout: '' })
  expect(fake.tokenRequests({ grantType: 'refresh_token' })).toHaveLength(2)
  expect(await refresh('-', 'two lines\nof text')).toMatchObject({ code: 3 })
  expect(await refresh(join(home, 'nowhere'))).toMatchObject({ code: 3 })
})

test('two variables that set the same thing are an error', async () => {
  const { run } = await createScene()
  const { code, stderr } = await run(['status'], { env: { PIPEDRIVE_CLIENT_SECRET_FILE: '/tmp/x' } })
  expect(code).toBe(3)
  expect(stderr).toContain('PIPEDRIVE_CLIENT_SECRET and PIPEDRIVE_CLIENT_SECRET_FILE set the same thing')
})

test('an unknown PD_OAUTH_ variable causes a warning that suggests the right name', async () => {
  const { run } = await createScene()
  const { code, stderr } = await run(['status'], { env: { PD_OAUTH_STROE: 'memory:' } })
  expect(code).toBe(0)
  expect(stderr).toContain('The variable PD_OAUTH_STROE is not known (did you mean PD_OAUTH_STORE?).')
})

test.each([
  'sqlite:a.db?tabel=x',
  'sqlite:a.db?table=x&y=1',
  'sqlite:a.db?table=x?table=y',
  'sqlite:a.db?',
  'sqlite:?table=x',
  'sqlite:',
  'sqlite::memory:',
  'sqlite:file:a.db',
  'sqlite://a.db',
  'sqlite:a\r.db',
  'sqlite:\u200Ba.db',
  'sqlite:a.db?table=my-table',
  'sqlite:a.db?table=../x',
  'sqlite:a.db?table=',
])('F51 an address of SQLite with a slip is refused by name, and opens no other file: %j', async (store) => {
  const { home, run } = await createScene()
  const { code, stderr } = await run(['status'], { cwd: home, env: { PD_OAUTH_STORE: store } })
  expect([code, stderr]).toEqual([3, expect.stringMatching(/PD_OAUTH_STORE must|table must/)])
  expect(readdirSync(home).filter((name) => name.includes('db') && name !== 'a.db')).toEqual([])
  expect(statSync(join(home, 'a.db'), { throwIfNoEntry: false })?.size ?? 0).toBe(0)
})

test.each([
  ['PD_OAUTH_STORE', 'sqlite:a.db?table=mine'],
  ['PD_OAUTH_SECRETS_FILE', 'keys'],
  ['PIPEDRIVE_CLIENT_ID', 'the-id'],
  ['PIPEDRIVE_CLIENT_SECRET_FILE', 'client-secret'],
  ['PD_OAUTH_CONFIG', 'config.json'],
])('F51 white space around %s means nothing', async (variable, value) => {
  const { home, run } = await createScene()
  writeFileSync(join(home, 'config.json'), '{}')
  writeFileSync(join(home, 'keys'), 'a-sealing-secret-only-for-this-test-0123456789', { mode: 0o600 })
  writeFileSync(join(home, 'client-secret'), 'hunter2-hunter2-hunter2', { mode: 0o600 })
  const env = variable === 'PIPEDRIVE_CLIENT_SECRET_FILE' ? { PIPEDRIVE_CLIENT_SECRET: '' } : {}
  const status = (given: string) =>
    run(['status', '--json'], { cwd: home, env: { ...env, [variable]: given } })
  expect((await status(value)).code).toBe(0)
  const names = readdirSync(home)
  for (const given of [`${value}\r`, ` ${value}\n`])
    expect(await status(given)).toEqual({ code: 0, stdout: '[]\n', stderr: '' })
  expect(readdirSync(home)).toEqual(names)
})

test.each([
  ['a byte order mark', (text: string) => `\uFEFF${text}`],
  ['UTF-16', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
  ['export', (text: string) => text.replaceAll(/^(?=P)/gm, 'export ')],
  ['Latin-1 in a comment', (text: string) => Buffer.from(`${text}# Müller\n`, 'latin1')],
])('--env-file with %s gives each of its variables', async (_, encoded) => {
  const { home, run } = await createScene()
  writeFileSync(join(home, 'app.env'), encoded('PD_OAUTH_INSTALLATION=1:2\nPD_OAUTH_STORE=memory:\n'))
  const { stderr } = await run(['--env-file', 'app.env', 'token'], { cwd: home })
  expect(stderr).toContain('memory: ')
  expect(stderr).toContain('1:2')
})
