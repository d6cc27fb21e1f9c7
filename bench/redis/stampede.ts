import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { ms, printTable } from '../figures.ts'
import { libraries, recordKey, type SharedRecord } from './libraries.ts'
import { idsOf, install, openClient, startFake, tokenResponse, type Setup } from './scene.ts'

const processes = 8
const callers = 50
const latencyMs = 200
const hour = 3_600_000

interface Outcome {
  readonly tokens: readonly string[]
  readonly failed: number
  readonly tookMs: number
}

/** 8 processes with 50 callers each find one expired token, on a server that rotates and detects reuse. */
export async function benchStampede(port: number): Promise<void> {
  const rows: string[][] = []
  for (const name of Object.keys(libraries)) rows.push(await stampede(port, name))
  printTable(
    `${processes} processes with ${callers} callers each on one expired token, token endpoint at ${latencyMs} ms`,
    [
      '',
      'token requests',
      'callers with an error',
      'callers with a dead token',
      'callers served',
      'slowest process, ms',
    ],
    rows,
  )
}

async function stampede(port: number, name: string): Promise<string[]> {
  const { fake, origin } = await startFake(1, {
    rotateRefreshTokens: true,
    reuseDetection: true,
    previousAccessTokens: 'die',
    latencyMs,
  })
  const redis = new Redis({ port })
  await redis.flushdb()
  const setup: Setup = { port, prefix: 'stampede', origin }
  const [id] = idsOf(1)
  if (name === 'this library') {
    const { oauth, redis } = openClient(setup)
    await install(oauth, fake, [id!], 2 * hour)
    redis.disconnect()
  } else {
    const record: SharedRecord = { ...(await tokenResponse(fake, id!)), expires_at: Date.now() - hour }
    await redis.set(recordKey, JSON.stringify(record))
  }
  fake.expireAccessTokens()

  const worker = fileURLToPath(new URL('./stampede-worker.ts', import.meta.url))
  const env = { ...process.env, STAMPEDE: JSON.stringify({ name, setup, callers }) }
  const children = Array.from({ length: processes }, () =>
    fork(worker, { env, stdio: ['ignore', 'inherit', 'ignore', 'ipc'] }),
  )
  await Promise.all(children.map((child) => once(child, 'message')))
  const outcomes = await Promise.all(
    children.map(async (child) => {
      const outcome = once(child, 'message') as Promise<[Outcome]>
      child.send('go')
      return (await outcome)[0]
    }),
  )
  for (const child of children) child.kill()

  const requests = fake.tokenRequests({ grantType: 'refresh_token' }).length
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0)
  const tokens = outcomes.flatMap((outcome) => outcome.tokens)
  const served = tokens.filter((token) => fake.serverAccepts(token)).length
  const slowest = Math.max(...outcomes.map(({ tookMs }) => tookMs))
  redis.disconnect()
  await fake.close()
  return [name, requests, failed, tokens.length - served, served, ms(slowest)].map(String)
}
