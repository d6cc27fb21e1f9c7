import { setImmediate as nextTurn } from 'node:timers/promises'
import { PipedriveOAuthError, type InstallationId } from '@pd/oauth-core'
import { ms, pause, percentiles, preciseNow, times } from '../figures.ts'
import { report } from '../rows/row.ts'
import { bareRounds, startOther } from './between-processes.ts'
import { idsOf, install, openClient, startFake } from './scene.ts'

const uninstalls = 1_000
const pauseMs = 3
const aimMs = 50

/** From just before another process deletes an installation to when `accessToken()` rejects in this one. */
export async function benchUninstalls(port: number): Promise<void> {
  const { fake, origin } = await startFake(uninstalls)
  const setup = { port, prefix: 'uninstalls', origin }
  const { oauth, redis } = openClient(setup)
  const ids = idsOf(uninstalls)
  await install(oauth, fake, ids)
  const other = await startOther(setup)
  const bare = percentiles(await bareRounds(port, other, { rounds: 200, idleMs: pauseMs }))
  // Memory is full, and a watch stands if there is one.
  await Promise.all(ids.map((id) => oauth.installation(id).accessToken()))
  await pause(500)
  await Promise.all(ids.map((id) => oauth.installation(id).accessToken()))

  const deletedAt = new Map<InstallationId, number>()
  const noticed = new Map<InstallationId, Promise<number>>()
  for (const id of ids) {
    // Memory may be trusted for a while longer.
    await oauth.installation(id).accessToken()
    const told = other.told()
    other.send({ forget: id })
    deletedAt.set(id, Number(await told))
    noticed.set(
      id,
      whenNoticed(() => oauth.installation(id).accessToken()),
    )
    await pause(pauseMs)
  }
  const samples: number[] = []
  for (const [id, at] of noticed) samples.push((await at) - (deletedAt.get(id) ?? NaN))
  other.kill()
  redis.disconnect()
  await fake.close()
  const { p50, p99 } = percentiles(samples)
  report({
    name: "another process's uninstall is noticed, over Redis",
    aim: `p99 ${aimMs} ms`,
    result: `p50 ${ms(p50)} ms, p99 ${ms(p99)} ms`,
    isMet: p99 <= aimMs,
    beside: `bare pub/sub round p50 ${ms(bare.p50)} ms, p99 ${ms(bare.p99)} ms; ${uninstalls} uninstalls`,
    figures: { 'p50 of a bare round': { value: p50 / bare.p50, better: 'lower', tolerance: 1 } },
  })
  console.log(`  p50 is ${times(p50 / bare.p50)} that of a bare round`)
}

/** Asks for the token in every turn of the event loop until the call fails. */
async function whenNoticed(accessToken: () => Promise<string>): Promise<number> {
  for (;;) {
    try {
      await accessToken()
    } catch (error) {
      if (error instanceof PipedriveOAuthError && error.code === 'not_installed') return preciseNow()
      throw error
    }
    await nextTurn()
  }
}
