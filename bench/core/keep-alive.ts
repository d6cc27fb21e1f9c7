import { runInNewContext } from 'node:vm'
import { setFlagsFromString } from 'node:v8'
import { memoryStore, PipedriveOAuth } from '@pd/oauth-core'

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
  const report = await oauth.keepAlive({
    concurrency: 64,
    onResult: () => {
      done++
      if (done % (installations / 5) === 0) heaps.push(heapMiB())
    },
  })
  const seconds = report.durationMs / 1_000
  const rate = report.refreshed / seconds
  console.log(`
keepAlive() of ${installations} due, the endpoint allows ${perSecond} a second
  refreshed     ${report.refreshed}, failed ${report.failed}, left ${report.left}
  time          ${seconds.toFixed(1)} s
  rate          ${rate.toFixed(1)} a second, ${((100 * rate) / perSecond).toFixed(1)} % of what is allowed
  429           ${endpoint.refused()}
  heap in MiB   ${heaps.map((heap) => heap.toFixed(1)).join(', ')} (after each fifth, all records included)`)
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
