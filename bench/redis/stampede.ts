import { Redis } from 'ioredis'
import { ms, printTable } from '../figures.ts'
import { report } from '../rows/row.ts'
import { saveExpired, startCrowd } from './crowd.ts'
import { libraries, thisLibrary } from './libraries.ts'
import { idsOf, startFake, type Setup } from './scene.ts'

const size = { processes: 8, callers: 50 }
const latencyMs = 200

interface Result {
  readonly requests: number
  readonly failed: number
  readonly dead: number
  readonly served: number
  readonly slowestMs: number
}

/** 8 processes with 50 callers each find one expired token, on a server that rotates and detects reuse. */
export async function benchStampede(port: number): Promise<void> {
  const results: Record<string, Result> = {}
  for (const name of Object.keys(libraries)) results[name] = await stampede(port, name)
  printTable(
    `${size.processes} processes with ${size.callers} callers each on one expired token, token endpoint at ${latencyMs} ms`,
    [
      '',
      'token requests',
      'callers with an error',
      'callers with a dead token',
      'callers served',
      'slowest process, ms',
    ],
    Object.entries(results).map(([name, { requests, failed, dead, served, slowestMs }]) =>
      [name].concat([requests, failed, dead, served].map(String), ms(slowestMs)),
    ),
  )
  const { requests, failed, dead } = results[thisLibrary]!
  const peers = Object.entries(results).filter(([name]) => name !== thisLibrary)
  report({
    name: `token requests / failed callers, ${size.processes} processes × ${size.callers} callers, rotating server`,
    aim: '1 / 0',
    result: `${requests} / ${failed}${dead > 0 ? `, and ${dead} dead tokens` : ''}`,
    isMet: requests === 1 && failed === 0 && dead === 0,
    beside: `${peers.map(([name, peer]) => `${name} ${peer.requests} / ${peer.failed}`).join(', ')}; 1 run`,
    figures: {
      'token requests': { value: requests, better: 'lower', tolerance: 0 },
      'failed callers': { value: failed + dead, better: 'lower', tolerance: 0 },
    },
  })
}

async function stampede(port: number, name: string): Promise<Result> {
  const { fake, origin } = await startFake(1, {
    rotateRefreshTokens: true,
    reuseDetection: true,
    previousAccessTokens: 'die',
    latencyMs,
  })
  const redis = new Redis({ port })
  await redis.flushdb()
  redis.disconnect()
  const setup: Setup = { port, prefix: 'stampede', origin }
  const ids = idsOf(1)
  await saveExpired(name, setup, fake, ids)
  const crowd = await startCrowd(name, setup, size)
  const outcomes = await crowd.ask(ids[0]!)
  crowd.kill()
  const requests = fake.tokenRequests({ grantType: 'refresh_token' }).length
  const tokens = outcomes.flatMap((outcome) => outcome.tokens)
  const served = tokens.filter((token) => fake.serverAccepts(token)).length
  await fake.close()
  return {
    requests,
    failed: outcomes.reduce((sum, outcome) => sum + outcome.failed, 0),
    dead: tokens.length - served,
    served,
    slowestMs: Math.max(...outcomes.map(({ tookMs }) => tookMs)),
  }
}
