import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { pipedriveAuth } from '@pd/oauth-hono'
import { startRedis } from '@pd/test-support/redis'
import autocannon from 'autocannon'
import { inTurns, least, median, most, ms, whole } from '../figures.ts'
import { idsOf, install, openClient, startFake } from '../redis/scene.ts'
import { startAnsweringApi } from '../redis/start-answering-api.ts'
import { report } from '../rows/row.ts'
import type { Background, Work } from './serve-load.ts'
import { signIn } from './sign-in.ts'

const installations = 500
const browsers = 20
const connections = 8
const roundSeconds = 1
const rounds = 10
const perSecond = 125
const aim = 0.8
const aimP99Ms = 10

/** Requests per second of a Hono server on Redis against its bare route, without and with refreshes beside them. */
export async function benchLoad(): Promise<void> {
  await using server = await startRedis()
  const ids = idsOf(installations)
  const { fake, origin } = await startFake(installations)
  const setup = { port: server.port, prefix: 'load', origin }
  const { oauth, redis } = openClient(setup)
  await install(oauth, fake, ids)
  const cookies: string[] = []
  for (const id of ids.slice(0, browsers)) cookies.push(await signIn(pipedriveAuth(oauth).routes, fake, id))
  await fake.close()
  using tokenEndpoint = await startAnsweringApi()
  const served = { setup: { ...setup, origin: tokenEndpoint.origin }, installations }
  const env = { ...process.env, SERVE: JSON.stringify(served) }
  const child = fork(fileURLToPath(new URL('./serve-load.ts', import.meta.url)), { env })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const tell = async (refresh: Background['refresh']) => {
    child.send({ refresh, perSecond })
    return ((await once(child, 'message')) as [Work])[0]
  }

  const p99s: Record<string, number[]> = {}
  const costs: Record<string, number[]> = {}
  const refreshed: number[] = []
  const load = (path: string, refresh: Background['refresh']) => async () => {
    const before = await tell(refresh)
    const result = await autocannon({
      url: `http://127.0.0.1:${port}`,
      connections,
      duration: roundSeconds,
      requests: cookies.map((cookie) => ({ path, headers: { cookie } })),
    })
    const after = await tell('none')
    if (refresh !== 'none') refreshed.push((after.done - before.done) / result.duration)
    if (result.non2xx > 0 || result.errors > 0)
      throw new Error(`${path}: ${result.non2xx} answers were refusals, ${result.errors} requests failed`)
    ;(costs[`${path} ${refresh}`] ??= []).push((after.processorUs - before.processorUs) / result['2xx'])
    ;(p99s[`${path} ${refresh}`] ??= []).push(result.latency.p99)
    return result['2xx'] / result.duration
  }
  const rates = await inTurns(rounds, {
    bare: load('/bare', 'none'),
    floor: load('/floor', 'none'),
    ours: load('/installed', 'none'),
    bareRefreshing: load('/bare', 'bare'),
    oursRefreshing: load('/installed', 'ours'),
  })
  child.kill()
  redis.disconnect()

  const told = `best of ${rounds} runs in turns, ${connections} connections`
  const rowOf = (
    name: string,
    ours: readonly number[],
    bare: readonly number[],
    [key, bareKey]: readonly [string, string],
    peer: string,
  ) => {
    const ratio = most(ours) / most(bare)
    const p99 = least(p99s[key]!)
    const [cost, bareCost, floor] = [key, bareKey, '/floor none'].map((one) => least(costs[one]!)) as [
      number,
      number,
      number,
    ]
    report({
      name,
      aim: `${aim} of the bare route, p99 under ${aimP99Ms} ms`,
      result: `${ratio.toFixed(2)}: ${whole(most(ours))} a second, p99 ${ms(p99)} ms`,
      isMet: ratio >= aim && p99 < aimP99Ms,
      beside: `${peer} ${whole(most(bare))} a second; processor time of a request ${whole(cost)} µs, bare ${whole(bareCost)} µs, behind a middleware that only reads the cookie ${whole(floor)} µs; ${told}`,
      figures: {
        'processor time of the bare route': { value: cost / bareCost, better: 'lower', tolerance: 0.15 },
      },
    })
  }
  rowOf(
    'Hono on Redis, requests per second',
    rates.ours,
    rates.bare,
    ['/installed none', '/bare none'],
    'bare route',
  )
  rowOf(
    `Hono on Redis, with ${perSecond} refreshes a second`,
    rates.oursRefreshing,
    rates.bareRefreshing,
    ['/installed ours', '/bare bare'],
    `${whole(median(refreshed))} refreshes a second were done; the bare route, beside as many bare token requests and SETs,`,
  )
}
