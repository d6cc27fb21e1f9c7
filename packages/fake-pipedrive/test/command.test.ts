import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { jsonOf } from './test-client.ts'

const command = fileURLToPath(new URL('../src/command.ts', import.meta.url))
const children: ChildProcessWithoutNullStreams[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

function start(...args: string[]) {
  const child = spawn(process.execPath, [command, ...args])
  children.push(child)
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }))
  return { child, output, ended }
}

async function listening(...args: string[]) {
  const started = start('--port', '0', ...args)
  const origin = () => /listens on (\S+)/.exec(started.output.stdout)?.[1]
  await expect.poll(origin).toBeDefined()
  return { ...started, origin: origin()! }
}

/** Allows access on the consent page as 1001:12 and exchanges the code. */
async function install(
  origin: string,
  { id, secret, redirectUri }: { id: string; secret: string; redirectUri: string },
) {
  const consent = await fetch(`${origin}/oauth/authorize`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: id,
      redirect_uri: redirectUri,
      decision: 'allow',
      user: '1001:12',
    }),
    redirect: 'manual',
  })
  const code = new URL(consent.headers.get('location')!).searchParams.get('code')!
  const token = (form: Record<string, string>) =>
    jsonOf<Record<'access_token' | 'refresh_token', string>>(
      fetch(`${origin}/oauth/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
        body: new URLSearchParams(form),
      }),
    )
  const tokens = await token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri })
  return {
    tokens,
    refresh: () => token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token }),
  }
}

test('the command prints origin and settings, serves with them, and ends in order on SIGTERM', async () => {
  const app = { id: 'my-id', secret: 'my-secret', redirectUri: 'http://localhost:9999/callback' }
  const settings = ['--client-id', app.id, '--client-secret', app.secret, '--redirect-uri', app.redirectUri]
  const { child, output, origin, ended } = await listening(...settings, '--rotate')
  for (const text of [...Object.values(app), 'base, deals:full']) expect(output.stdout).toContain(text)

  const { tokens, refresh } = await install(origin, app)
  expect((await refresh()).refresh_token).not.toBe(tokens.refresh_token)

  child.kill('SIGTERM')
  expect(await ended).toMatchObject({ code: 0, stderr: '' })
})

test('the same --seed gives the same tokens, and SIGINT ends the command', async () => {
  const app = {
    id: 'fake-client-id',
    secret: 'fake-client-secret',
    redirectUri: 'http://localhost:3000/pipedrive/callback',
  }
  const [one, two] = await Promise.all([listening('--seed', '7'), listening('--seed', '7')])
  const [first, second] = await Promise.all([install(one.origin, app), install(two.origin, app)])
  expect(second.tokens.access_token).toBe(first.tokens.access_token)
  for (const { child, ended } of [one, two]) {
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 0 })
  }
})

test('the command sends the uninstall notice to the app, and keeps running if the app is down', async () => {
  const received: string[] = []
  const app = createHttpServer((request, response) => {
    received.push(request.method ?? '')
    response.writeHead(204).end()
  }).listen(0, '127.0.0.1')
  await once(app, 'listening')
  const { port } = app.address() as AddressInfo
  const settings = {
    id: 'fake-client-id',
    secret: 'fake-client-secret',
    redirectUri: `http://127.0.0.1:${port}/callback`,
  }
  const { origin } = await listening('--redirect-uri', settings.redirectUri)
  const uninstall = () =>
    jsonOf(
      fetch(`${origin}/__fake/uninstall`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"user":"1001:12"}',
      }),
    )

  await install(origin, settings)
  expect(await uninstall()).toEqual({ delivered: 204 })
  expect(received).toEqual(['DELETE'])

  await install(origin, settings)
  app.close()
  app.closeAllConnections()
  expect(await uninstall()).toEqual({ delivered: 502 })
})

test.each([
  [['--wrong'], "Unknown option '--wrong'"],
  [['--port', 'many'], "--port takes a whole number up to 65535, not 'many'"],
  [['--port', '70000'], "not '70000'"],
  [['--seed', '1.5'], '--seed takes a whole number'],
  [['--redirect-uri', 'nonsense'], '--redirect-uri is not a URL: nonsense'],
  [['stray'], "Unexpected argument 'stray'"],
])('%j is refused with a message, the usage and exit code 2', async (args, message) => {
  const { code, stderr } = await start(...args).ended
  expect(stderr).toContain(message)
  expect(stderr).toContain('Usage: fake-pipedrive')
  expect(code).toBe(2)
})

test('--help prints the usage', async () => {
  expect(await start('--help').ended).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Usage: fake-pipedrive/),
  })
})

test('a port in use is an error with exit code 1', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { code, stderr } = await start('--port', String(port)).ended
  server.close()
  expect(stderr).toContain(`Another program listens on 127.0.0.1:${port}. Choose another port with --port`)
  expect(code).toBe(1)
})

test('the flags set the app, the panel, the limits and the hosts', async () => {
  const { origin } = await listening(
    '--app-name',
    'Northwind',
    '--scopes',
    'deals:read, contacts:read',
    '--panel-url',
    'http://127.0.0.1:1/panel',
    '--burst-limit',
    '1',
    '--daily-budget',
    '50',
    '--rate-limit-headers',
    'burst',
    '--access-token-seconds',
    '60',
    '--allow-host',
    'fake:4700',
  )
  const panel = await fetch(`${origin}/__fake/panel?user=1001:11`)
  expect([panel.status, await panel.text()]).toEqual([
    200,
    expect.stringContaining('http://127.0.0.1:1/panel?'),
  ])
  const tokens = (await jsonOf(
    fetch(`${origin}/__fake/install`, { method: 'POST', headers: { 'content-type': 'application/json' } }),
  )) as { access_token: string; scope: string; expires_in: number }
  expect(tokens).toMatchObject({ scope: 'base,deals:read,contacts:read', expires_in: 59 })
  const get = () =>
    fetch(`${origin}/api/v2/persons`, { headers: { authorization: `Bearer ${tokens.access_token}` } })
  const [first, second] = [await get(), await get()]
  expect([first.status, second.status]).toEqual([200, 429])
  expect(first.headers.has('x-daily-ratelimit-token-remaining')).toBe(false)
})

test('without --panel-url the panel page says how to set it', async () => {
  const { origin } = await listening()
  const panel = await fetch(`${origin}/__fake/panel?user=1001:11`)
  expect([panel.status, await panel.text()]).toEqual([404, expect.stringContaining('--panel-url')])
})

test.each([
  [['--prot', '1'], "Unknown option '--prot'. Did you mean '--port'?"],
  [['--redirect-url', 'http://a.example'], "Did you mean '--redirect-uri'?"],
  [['--scopes', 'deals full'], 'scopes[0] must be a scope such as deals:full'],
  [['--rate-limit-headers', 'burts'], "Did you mean 'burst'?"],
  [['--panel-url', 'nonsense'], '--panel-url is not a URL: nonsense'],
  [['--allow-host', 'http://a/b'], 'allowedHosts[0] must be a host'],
  [['--client-id', ''], 'clientId must be a text that is not empty'],
])('F84 %j is refused by name', async (args, message) => {
  const { code, stderr } = await start(...args).ended
  expect(stderr).toContain(message)
  expect(code).toBe(2)
})
