import { createServer, type AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { runMain, startMain } from './run-main.ts'

// Each test starts processes, which is slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const real = {
  PIPEDRIVE_CLIENT_ID: 'an-id',
  PIPEDRIVE_CLIENT_SECRET: 'a-secret',
  PIPEDRIVE_REDIRECT_URI: 'http://localhost:4711/pipedrive/callback',
}

test('demo names the settings of the real service that are missing', async () => {
  const { PIPEDRIVE_CLIENT_SECRET: _, ...partial } = real
  expect(await runMain([], partial)).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'PIPEDRIVE_CLIENT_SECRET is missing. Set it to use the real Pipedrive, or set none of the three to use the fake one.\n',
  })
  const { stderr } = await runMain([], { PIPEDRIVE_CLIENT_ID: 'an-id' })
  expect(stderr).toMatch(/^PIPEDRIVE_CLIENT_SECRET and PIPEDRIVE_REDIRECT_URI are missing\. Set them /)
})

test('demo refuses an unknown flag and an invalid port', async () => {
  const flag = await runMain(['--twice'], {})
  expect(flag.code).toBe(1)
  expect(flag.stderr).toMatch(/'--twice'[\s\S]*Usage: pnpm demo/)
  const port = await runMain([], { PORT: 'http' })
  expect(port).toEqual({
    code: 1,
    stdout: '',
    stderr: "PORT must be a whole number up to 65535, not 'http'.\n",
  })
})

test('demo ends when the library refuses its configuration', async () => {
  const { code, stderr } = await runMain([], { PORT: '0', PD_OAUTH_SECRETS: 'short' })
  expect(code).toBe(1)
  expect(stderr).toMatch(/secrets must be an array of at least one random string of 32 characters/)
  expect(stderr).not.toMatch(/short\b|at file:/)
})

test('demo names the port that is in use', async () => {
  const port = await occupiedPort()
  const { code, stderr } = await runMain([], { PORT: String(port) })
  expect(code).toBe(1)
  expect(stderr).toBe(
    `Port ${port} is in use by another program. Choose another one: PORT=${port + 1} pnpm demo\n`,
  )
})

test('demo with a registration listens on the port of its callback address', async () => {
  const port = await occupiedPort()
  const { code, stderr } = await runMain([], {
    ...real,
    PIPEDRIVE_REDIRECT_URI: `http://localhost:${port}/pipedrive/callback`,
  })
  expect(code).toBe(1)
  expect(stderr).toMatch(new RegExp(`^Port ${port} is in use`))
})

test('demo with a registration sends users to the real service', async () => {
  const callback = `http://localhost:${await freePort()}/pipedrive/callback`
  const { says } = startMain([], { ...real, PIPEDRIVE_REDIRECT_URI: callback })
  await says(/Pipedrive: the real service/)
  expect(await (await fetch(new URL(callback).origin)).text()).toContain('Real Pipedrive')
  const install = await fetch(callback.replace('callback', 'install'), { redirect: 'manual' })
  const consent = new URL(install.headers.get('location') ?? '')
  expect(consent.origin + consent.pathname).toBe('https://oauth.pipedrive.com/oauth/authorize')
  expect(Object.fromEntries(consent.searchParams)).toMatchObject({
    client_id: 'an-id',
    redirect_uri: callback,
  })
})

test('demo serves until it is interrupted, and then also ends open event streams', async () => {
  const { child, ended, says } = startMain([], { PORT: '0' })
  const [, address = ''] = await says(/Open {2}(http:\/\/localhost:\d+)/)
  const page = await fetch(address)
  expect(page.status).toBe(200)
  expect(await page.text()).toContain('Connect Pipedrive')
  const stream = await fetch(`${address}/events`)
  expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/)
  child.kill('SIGINT')
  expect(await ended).toMatchObject({ code: 0, stderr: '' })
})

async function occupiedPort(): Promise<number> {
  const { port, close } = await occupied()
  onTestFinished(close)
  return port
}

async function freePort(): Promise<number> {
  const { port, close } = await occupied()
  await close()
  return port
}

async function occupied(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return { port: (server.address() as AddressInfo).port, close }
}
