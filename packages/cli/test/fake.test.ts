import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePort } from '@pd/test-support/free-port'
import { expect, test } from 'vitest'
import { createScene, runProgram, startProgram } from './command-line.ts'

/** The settings of a command: nothing of the app, but a place of its own. */
async function bareScene() {
  const { env } = await createScene()
  const { PATH = '', HOME = '', XDG_CONFIG_HOME = '', XDG_DATA_HOME = '', XDG_STATE_HOME = '' } = env
  return { PATH, HOME, XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME }
}

test('fake prints the settings by which every other command works with it, until Ctrl-C', async () => {
  const env = await bareScene()
  const redirectUri = `http://localhost:${await freePort()}/callback`
  const child = startProgram(['fake', '--port', '0', '--redirect-uri', redirectUri], { env })
  const exited = once(child, 'exit')
  const variables: Record<string, string> = {}
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name = '', value = ''] = /^export (\w+)=(.*)$/.exec(line) ?? []
    variables[name] = value
    if (Object.keys(variables).length === 5) break
  }
  const run = (args: readonly string[], input = '') =>
    runProgram(args, { env: { ...env, ...variables }, input })

  const consent = new URL((await run(['url'])).stdout.trim())
  expect(consent.origin).toBe(variables['PD_OAUTH_OAUTH_ORIGIN'])
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

test('fake says which port is taken', async () => {
  const scene = await createScene()
  const port = new URL(scene.env['PD_OAUTH_OAUTH_ORIGIN']!).port
  expect(await scene.run(['fake', '--port', port])).toMatchObject({
    code: 3,
    stdout: '',
    stderr: expect.stringContaining(`Another program listens on port ${port}.`),
  })
})
