import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createFakePipedrive } from '@pd/fake-pipedrive'
import { afterEach, expect, test } from 'vitest'
import { memoryStore, PipedriveOAuth, type InstallationId, type Policy } from '../../src/index.ts'
import { sealingSecret } from '../flow/scene.ts'
import type { StallingReport, StallingSetup } from './stalling-program.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

/** A request to the server whose answer waits for the test. */
interface HeldRequest {
  readonly reached: Promise<void>
  /** Lets the server answer. Resolves when the answer has left the server. */
  answer(): Promise<void>
}

/** A rotating Pipedrive and a store behind one real server, which can hold back its answer to one path. */
async function createServerScene(policy: Partial<Policy>) {
  const fake = createFakePipedrive({ rotateRefreshTokens: true, reuseDetection: false })
  const store = memoryStore()
  let held: { path: string; reached(): void; released: Promise<void>; answered(): void } | undefined
  const server = createServer(async (request, response) => {
    const body = await textOf(request)
    const path = request.url ?? '/'
    const text = path.startsWith('/store/')
      ? await storeAnswer(path, body)
      : await pipedriveAnswer(request, body)
    const hold = held?.path === path ? held : undefined
    if (hold !== undefined) held = undefined
    hold?.reached()
    await hold?.released
    response.setHeader('content-type', 'application/json').end(text, () => hold?.answered())
  })
  const storeAnswer = async (path: string, body: string) => {
    const [id, expected, next] = JSON.parse(body) as [InstallationId, string | null, never]
    const value =
      path === '/store/get'
        ? await store.get(id)
        : await store.compareAndSet(id, expected ?? undefined, next ?? undefined)
    return JSON.stringify({ value: value ?? null })
  }
  const pipedriveAnswer = async ({ url, method = 'GET', headers }: IncomingMessage, body: string) => {
    const { authorization = '', 'content-type': type = 'text/plain' } = headers
    const answer = await fake.fetch(`https://oauth.pipedrive.com${url}`, {
      method,
      headers: { authorization, 'content-type': type },
      body,
    })
    return answer.text()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(() => server.close())
  cleanUps.push(() => server.closeAllConnections())
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const { clientId, clientSecret, redirectUri } = fake.app
  const app = { clientId, clientSecret, redirectUri }
  const oauth = new PipedriveOAuth({ ...app, secrets: [sealingSecret], store, fetch: fake.fetch, policy })
  const { url, attempt } = await oauth.authorize()
  const { installation } = await oauth.callback(await fake.approve(url), attempt)

  const hold = (path: string): HeldRequest => {
    const [reached, released, answered] = [1, 2, 3].map(() => Promise.withResolvers<void>())
    held = {
      path,
      reached: reached!.resolve,
      released: released!.promise,
      answered: answered!.resolve,
    }
    return {
      reached: reached!.promise,
      answer: () => {
        released!.resolve()
        return answered!.promise
      },
    }
  }
  const start = () => {
    const setup: StallingSetup = { origin, app, policy, installation: installation.id }
    const program = fileURLToPath(new URL('stalling-program.ts', import.meta.url))
    const child = fork(program, { env: { ...process.env, SETUP: JSON.stringify(setup) } })
    cleanUps.push(() => child.kill('SIGKILL'))
    const outcome = new Promise<StallingReport>((resolve) =>
      child.on('message', (report: StallingReport) => report !== 'blocked' && resolve(report)),
    )
    return { child, outcome }
  }
  return { fake, oauth, installation, hold, start }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Makes a process stand still, and returns what lets it go on. */
const stalls: Record<string, (child: ChildProcess) => Promise<() => void>> = {
  'was stopped': async (child) => {
    child.kill('SIGSTOP')
    return () => void child.kill('SIGCONT')
  },
  'was busy': async (child) => {
    const folder = mkdtempSync(join(tmpdir(), 'stalled-'))
    cleanUps.push(() => rmSync(folder, { recursive: true }))
    const blockUntilFile = join(folder, 'go-on')
    const blocked = once(child, 'message')
    child.send({ blockUntilFile })
    expect(await blocked).toContain('blocked')
    return () => writeFileSync(blockUntilFile, '')
  },
}

const timeLimitMs = 400
const policy: Partial<Policy> = {
  requestTimeoutMs: timeLimitMs,
  storeTimeoutMs: timeLimitMs,
  storeGraceMs: timeLimitMs,
  retryPauseMs: 0,
}

for (const [kind, stall] of Object.entries(stalls))
  test.each(['/oauth/token', '/store/get', '/store/compareAndSet'])(
    `F44 a process that ${kind} past its time limit takes the answer of %s that lies in its socket`,
    async (path) => {
      const { fake, hold, start } = await createServerScene(policy)
      const request = hold(path)
      const { child, outcome } = start()
      await request.reached
      const goOn = await stall(child)
      await request.answer()
      // Not a guess: the time limit of the process has to pass.
      await wait(1.5 * timeLimitMs)
      goOn()
      const given = await outcome
      expect(given).toEqual({ token: fake.installations()[0]!.accessTokens.at(-1) })
      expect(fake.tokenRequests({ grantType: 'refresh_token' })).toHaveLength(1)
    },
  )

test('F44 a process that was stopped past its lease still saves the answer in its socket, and the grant lives', async () => {
  const leased = { ...policy, requestsPerRefresh: 1, clockSkewMs: 0, leaseMs: 1_000 }
  const { fake, hold, installation, oauth, start } = await createServerScene(leased)
  const request = hold('/oauth/token')
  const { child, outcome } = start()
  await request.reached
  child.kill('SIGSTOP')
  await request.answer()
  expect(await installation.describe()).toMatchObject({ status: 'refreshing' })
  const rival = oauth.installation(installation.id).refresh()
  await expect.poll(() => fake.tokenRequests({ status: 400 }).length).toBe(1)
  child.kill('SIGCONT')
  await rival
  const token = fake.installations()[0]!.accessTokens.at(-1)
  expect([await installation.accessToken(), await outcome]).toEqual([token, { token }])
})
