import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { freePort } from '@pd/test-support/free-port'
import { expect, onTestFinished, test } from 'vitest'
import { createScene, runProgram, startProgram } from './command-line.ts'

/** Returns the variables of Pipedrive that a quick start reads, in the order of its file of them. */
function quickStartVariables(): string[] {
  const page = readFileSync(new URL('../../../docs/start/hono-node.md', import.meta.url), 'utf8')
  return [...page.matchAll(/^(PIPEDRIVE_\w+)=/gm)].map(([, name = '']) => name)
}

/** Returns the environment of a scene without the settings of its app. */
async function bareEnvironment() {
  const { env } = await createScene()
  const { PATH = '', HOME = '', XDG_CONFIG_HOME = '', XDG_DATA_HOME = '', XDG_STATE_HOME = '' } = env
  return { PATH, HOME, XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME }
}

test('fake prints the settings with which every other command works, and runs until Ctrl-C', async () => {
  const env = await bareEnvironment()
  const redirectUri = `http://localhost:${await freePort()}/callback`
  const child = startProgram(['fake', '--port', '0', '--redirect-uri', redirectUri], { env })
  const exited = once(child, 'exit')
  const variables: Record<string, string> = {}
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name = '', value = ''] = /^export (\w+)=(.*)$/.exec(line) ?? []
    variables[name] = value
    if (Object.keys(variables).length === 4) break
  }
  const run = (args: readonly string[], input = '') =>
    runProgram(args, { env: { ...env, ...variables }, input })

  const consent = new URL((await run(['url'])).stdout.trim())
  expect(consent.origin).toBe(variables['PIPEDRIVE_ORIGIN'])
  expect(Object.keys(variables)).toEqual(quickStartVariables())
  const decision = await fetch(consent.origin + consent.pathname, {
    method: 'POST',
    body: new URLSearchParams([...consent.searchParams, ['decision', 'allow']]),
    redirect: 'manual',
  })
  expect(await run(['exchange'], decision.headers.get('location')!)).toMatchObject({ code: 0 })
  const deals = await run(['api', 'GET', '/api/v2/deals'])
  expect([deals.code, JSON.parse(deals.stdout).success]).toEqual([0, true])

  child.kill('SIGINT')
  expect((await exited)[0]).toBe(130)
})

test('fake prints lines that a shell reads as they are meant, and tells the app of an uninstall', async () => {
  const notices: string[] = []
  const app = createServer((request, response) => {
    notices.push(`${request.method} ${request.url}`)
    response.writeHead(204).end()
  }).listen(0, '127.0.0.1')
  await once(app, 'listening')
  onTestFinished(() => void app.close())
  const env = await bareEnvironment()
  const { port } = app.address() as AddressInfo
  const redirectUri = `http://127.0.0.1:${port}/callback?a=1&b='$HOME'`
  const client = `two words; $(exit 1)`
  const child = startProgram(['fake', '--port', '0', '--redirect-uri', redirectUri, '--client-id', client], {
    env,
  })
  let lines = ''
  child.stdout.on('data', (part) => (lines += String(part)))
  await expect.poll(() => lines).toMatch(/PIPEDRIVE_ORIGIN=.*\n$/)
  const print = `${lines}printf '%s\n' "$PIPEDRIVE_CLIENT_ID" "$PIPEDRIVE_REDIRECT_URI" "$PIPEDRIVE_ORIGIN"`
  const read = execFileSync('/bin/sh', ['-euc', print], { encoding: 'utf8', env }).split('\n')
  expect(read.slice(0, 2)).toEqual([client, redirectUri])

  const order = (path: string) =>
    fetch(`${read[2]}/__fake/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"user":"1001:11"}',
    })
  await order('install')
  expect(await (await order('uninstall')).json()).toEqual({ delivered: 204 })
  expect(notices).toEqual([expect.stringMatching(/^DELETE \/callback/)])
})

test('fake names the port that is in use', async () => {
  const scene = await createScene()
  const port = new URL(scene.env['PD_OAUTH_OAUTH_ORIGIN']!).port
  expect(await scene.run(['fake', '--port', port])).toMatchObject({
    code: 3,
    stdout: '',
    stderr: expect.stringContaining(`Another program listens on 127.0.0.1:${port}.`),
  })
})
