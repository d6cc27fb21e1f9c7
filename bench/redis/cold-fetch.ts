import { bareDecryption } from '../core/cold-read.ts'
import { inTurns, least, times, whole } from '../figures.ts'
import { report } from '../rows/row.ts'
import { idsOf, openClient } from './scene.ts'
import { startAnsweringApi } from './start-answering-api.ts'

const installations = 200
const atOnce = 8
const calls = 2_000
const runs = 7
const aim = 1.25

/** The processor time of `installation.fetch` on records that are not in memory, against `fetch` with the token given. */
export async function benchColdFetch(port: number): Promise<void> {
  using api = await startAnsweringApi()
  const { origin } = api
  const policy = { cacheMs: 0, cacheEntries: 1 }
  const { oauth, redis, store } = openClient({ port, prefix: 'cold-fetch', origin, policy })
  const accessToken = `v1u:${'A'.repeat(490)}`
  const ids = idsOf(installations)
  for (const id of ids) {
    const [companyId, userId] = id.split(':').map(Number) as [number, number]
    const tokens = {
      access_token: accessToken,
      refresh_token: '1:1:abc',
      expires_in: 3_599,
      api_domain: origin,
    }
    await oauth.adopt(tokens, { obtainedAt: Date.now(), account: { companyId, userId } })
  }
  const sealed = (await store.get(ids[0]!))?.value ?? ''
  await redis.set('cold-fetch', sealed)
  const decrypt = await bareDecryption(sealed.length)
  const url = `${origin}/api/v2/deals`
  const headers = { authorization: `Bearer ${accessToken}` }
  const each = await inTurns(runs, {
    ours: () => processorMicroseconds((turn) => oauth.installation(ids[turn % installations]!).fetch(url)),
    token: () =>
      processorMicroseconds((turn) => oauth.installation(ids[turn % installations]!).accessToken()),
    floor: () =>
      processorMicroseconds(async () => {
        await redis.get('cold-fetch')
        await decrypt()
        return fetch(url, { headers })
      }),
    bare: () => processorMicroseconds(() => fetch(url, { headers })),
  })
  redis.disconnect()
  const ratio = least(each.ours) / least(each.bare)
  report({
    name: 'processor time of installation.fetch, record not in memory, over Redis',
    aim: `${aim} × bare fetch`,
    result: `${times(ratio)}: ${whole(least(each.ours))} µs`,
    isMet: ratio <= aim,
    beside: `bare fetch ${whole(least(each.bare))} µs, after a raw GET and a bare decryption ${whole(least(each.floor))} µs, accessToken() alone ${whole(least(each.token))} µs; least of ${runs} runs in turns, ${atOnce} calls at once`,
    figures: { 'of bare fetch': { value: ratio, better: 'lower', tolerance: 0.15 } },
  })
}

/** The processor time of this process per call, all its threads included. */
async function processorMicroseconds(call: (turn: number) => Promise<unknown>): Promise<number> {
  let turn = 0
  const lane = async () => {
    while (turn < calls) {
      const answer = await call(turn++)
      if (answer instanceof Response) await answer.text()
    }
  }
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: atOnce }, lane))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / calls
}
