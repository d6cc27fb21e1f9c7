import { writeFileSync } from 'node:fs'
import { freePort } from '@pd/test-support/free-port'
import { mistakes, redeem, refuseCallbackAddress } from '@pd/test-support/mistakes'
import { expect, test } from 'vitest'
import { createScene, type Scene } from './command-line.ts'

type Run = Awaited<ReturnType<Scene['run']>>

/** How each mistake is made on the command line. */
const made: Readonly<Record<string, (scene: Scene) => Promise<Run>>> = {
  'the client secret is another app’s': async (scene) => {
    const env = { PIPEDRIVE_CLIENT_SECRET: 'the-secret-of-another-application' }
    const callback = await callbackOf(scene)
    return scene.run(['exchange', '-'], { input: callback, env })
  },
  'the client secret has a line break in it': (scene) =>
    scene.run(['url'], { env: { PIPEDRIVE_CLIENT_SECRET: 'the-secret-of\nan-application' } }),
  'the callback address is http on a public host': (scene) =>
    scene.run(['url'], { env: { PIPEDRIVE_REDIRECT_URI: 'http://app.example.com/callback' } }),
  'an option is misspelled': (scene) => scene.run(['status', '--instalation', '1:2']),
  'nothing listens where the store should be': async (scene) =>
    scene.run(['status'], { env: { PD_OAUTH_STORE: `redis://127.0.0.1:${await freePort()}` } }),
  'the sealing secret was replaced': async (scene) => {
    await scene.connect()
    writeFileSync(scene.secretsFile, 'another-sealing-secret-0123456789-abcdef\n')
    return scene.run(['token', '1001:11'])
  },
  'users begin on another host than the callback’s, so the cookie is not there': async (scene) => {
    const callback = new URL(await callbackOf(scene))
    callback.searchParams.set('state', 'of-another-attempt')
    return scene.run(['exchange', '-'], { input: callback.href })
  },
  'the machine cannot reach Pipedrive': async (scene) => {
    const callback = await callbackOf(scene)
    const env = { PD_OAUTH_OAUTH_ORIGIN: `http://127.0.0.1:${await freePort()}` }
    return scene.run(['exchange', '-'], { input: callback, env })
  },
  'a proxy answers in Pipedrive’s place': async (scene) => {
    const callback = await callbackOf(scene)
    scene.fake.faults.add({ endpoint: 'token', fault: { type: 'html', status: 200 } })
    return scene.run(['exchange', '-'], { input: callback })
  },
  'the callback address differs from the one in the Developer Hub': async (scene) => {
    const callback = await callbackOf(scene)
    refuseCallbackAddress(scene.fake)
    return scene.run(['exchange', '-'], { input: callback })
  },
  'the app lacks the scope to ask who connected': async (scene) => {
    const callback = await callbackOf(scene)
    const refused = { success: false, error: 'Scope and URL mismatch' }
    for (let times = 0; times < 5; times++)
      scene.fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 403, body: refused } })
    return scene.run(['exchange', '-'], { input: callback })
  },
  'a callback is opened again in another process': async (scene) => {
    const callback = await callbackOf(scene)
    await redeem(scene.fake, new URL(callback))
    return scene.run(['exchange', '-'], { input: callback })
  },
}

async function callbackOf({ fake, run }: Scene): Promise<string> {
  return fake.approve((await run(['url'])).stdout.trim())
}

test.each(Object.entries(made))('F76 the command line: %s', async (name, make) => {
  const { code, stderr, stdout } = await make(await createScene())
  const said = mistakes.find((mistake) => mistake.name === name)?.atCommandLine ?? 'not in the list'
  expect([code === 0, stdout]).toEqual([false, ''])
  expect(stderr).toContain(said)
  expect(stderr.match(/^(pd-oauth: |error: )/gm) ?? []).toHaveLength(1)
})

test('F76 the command line: every mistake of the list is made, or the list says why it cannot occur', () => {
  const cannot = mistakes.filter(({ atCommandLine }) => atCommandLine.startsWith('cannot occur: '))
  expect([...Object.keys(made), ...cannot.map(({ name }) => name)].toSorted()).toEqual(
    mistakes.map(({ name }) => name).toSorted(),
  )
})
