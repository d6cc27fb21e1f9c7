import { performance } from 'node:perf_hooks'
import { runInNewContext } from 'node:vm'
import { setFlagsFromString } from 'node:v8'
import { memoryStore, PipedriveOAuth } from '@pd/oauth-core'
import { whole } from '../figures.ts'
import { report as reportRow } from '../rows/row.ts'

const day = 86_400_000

/**
 * `keepAlive()` of many installations against an endpoint that allows so many requests in any second, and answers the
 * others with 429 and `retry-after: 1`. Nobody tells the run what the endpoint allows.
 */
export async function benchKeepAlive(isLong: boolean): Promise<void> {
  const [installations, perSecond] = isLong ? [100_000, 200] : [5_000, 200]
  const endpoint = limitedEndpoint(perSecond)
  const oauth = new PipedriveOAuth({
    clientId: 'bench',
    clientSecret: 'bench-client-secret',
    redirectUri: 'https://app.example.com/pipedrive/callback',
    secrets: ['a-secret-for-the-benchmark-0123456789'],
    store: memoryStore(),
    fetch: endpoint.fetch,
  })
  const obtainedAt = Date.now() - 50 * day
  for (let userId = 1; userId <= installations; userId++)
    await oauth.adopt(tokens(userId), { account: { companyId: 1, userId }, obtainedAt })

  const heaps: number[] = []
  let done = 0
  const [loopBefore, processorBefore] = [performance.eventLoopUtilization(), process.cpuUsage()]
  const report = await oauth.keepAlive({
    concurrency: 64,
    onResult: () => {
      done++
      if (done % (installations / 5) === 0) heaps.push(heapMiB())
    },
  })
  const loop = performance.eventLoopUtilization(loopBefore)
  const processor = process.cpuUsage(processorBefore)
  const seconds = report.durationMs / 1_000
  const share = report.refreshed / seconds / perSecond
  const [first = NaN, last = NaN] = [heaps[0], heaps.at(-1)]
  reportRow({
    name: `keep-alive of ${whole(installations)} due, the endpoint allows a rate`,
    aim: 'all refreshed, at 90 % of the rate, heap flat',
    result:
      `${report.refreshed} refreshed, ${report.failed} failed, ${report.left} left, ${(100 * share).toFixed(1)} % in ` +
      `${seconds.toFixed(0)} s, heap ${heaps.map((heap) => heap.toFixed(1)).join(', ')} MiB after each fifth, records included`,
    isMet: report.refreshed === installations && share >= 0.9 && last <= 1.1 * first,
    beside: `${perSecond} a second allowed; ${endpoint.refused()} answers were 429; processor ${((processor.user + processor.system) / 1e6).toFixed(1)} s, event loop busy or kept from running ${(loop.active / 1_000).toFixed(1)} s; 1 run`,
    figures: {
      'of the rate': { value: share, better: 'higher', tolerance: 0.1 },
      'not refreshed': { value: installations - report.refreshed, better: 'lower', tolerance: 0 },
      'heap, last of first': { value: last / first, better: 'lower', tolerance: 0.15 },
    },
  })
}

/** A token endpoint in this process. */
function limitedEndpoint(perSecond: number) {
  const accepted: number[] = []
  let oldest = 0
  let refused = 0
  let issued = 0
  const answer = (): Response => {
    const now = performance.now()
    while (oldest < accepted.length && accepted[oldest]! <= now - 1_000) oldest++
    if (oldest > 10_000) oldest -= accepted.splice(0, oldest).length
    if (accepted.length - oldest >= perSecond) {
      refused++
      return new Response('Slow down', { status: 429, headers: { 'retry-after': '1' } })
    }
    accepted.push(now)
    return Response.json(tokens(++issued))
  }
  const fetch = (async () => {
    await new Promise((resolve) => setTimeout(resolve, 40 + 20 * Math.random()))
    return answer()
  }) as typeof globalThis.fetch
  return { fetch, refused: () => refused }
}

function tokens(number: number) {
  return {
    access_token: `v1u:${'A'.repeat(490)}${number}`,
    token_type: 'Bearer',
    expires_in: 3_599,
    refresh_token: `1:1:${'a'.repeat(30)}${number}`,
    scope: 'base,deals:full',
    api_domain: 'https://bench.pipedrive.com',
  }
}

function heapMiB(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed / 1_048_576
}
