import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { expect, onTestFinished } from 'vitest'
import { createScene, type Scene } from './command-line.ts'

/** A scene whose one installation, 1:2, has its API at a server of the test. */
export interface SceneWithApi extends Scene {
  /** The bodies that the server received. */
  readonly bodies: readonly Buffer[]
}

export async function createSceneWithApi(answer: (response: ServerResponse) => void): Promise<SceneWithApi> {
  const scene = await createScene()
  const bodies: Buffer[] = []
  const server = createServer(async (request, response) => {
    bodies.push(await buffer(request))
    answer(response)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const env = { ...scene.env, PD_OAUTH_API_ORIGIN: origin }
  const run: Scene['run'] = (args, options) =>
    scene.run(args, { ...options, env: { ...env, ...options?.env } })
  const row = {
    company_id: 1,
    user_id: 2,
    access_token: 'the-access-token-of-the-test',
    refresh_token: 'the-refresh-token-of-the-test',
    expires_in: 3_600,
    obtained_at: Date.now(),
    api_domain: origin,
  }
  expect((await run(['import'], { input: JSON.stringify(row) })).code).toBe(0)
  return { ...scene, env, run, bodies }
}
