import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StoreHost, StoreUnderTest } from '../process-suite/store-under-test.ts'
import { createScene } from '../scene/create-scene.ts'
import { knownPresence } from './known-presence.ts'
import { soak } from './soak.ts'

/**
 * The soak as a test of a store, with 4 processes. `rounds` is how many rounds it takes (default: 8; 200 in `pnpm
 * test:full`), unless SOAK_ROUNDS says otherwise. SOAK_SEED repeats the operations and incidents of an earlier run, though not
 * their timing. Call it once in a test file of vitest.
 */
export function soakSuite<Address>(
  { opener, start }: Pick<StoreUnderTest<Address>, 'opener' | 'start'>,
  { rounds: usualRounds = 8 } = {},
): void {
  let host: StoreHost<Address>
  beforeAll(async () => {
    host = await start()
  })
  afterAll(() => host?.[Symbol.asyncDispose]())

  const isFull = process.env['TEST_SIZE'] === 'full'
  const rounds = Number(process.env['SOAK_ROUNDS'] ?? (isFull ? 200 : usualRounds))
  const seed = Number(process.env['SOAK_SEED'] ?? Math.floor(Math.random() * 1e9))
  const size = { rounds, workers: 4, users: 60, operations: 40 }

  test(
    'F02 F06 F15 F19 F33 the record of many processes shows no lost user, no token asked for twice, no token after an uninstall',
    async () => {
      console.log(`soak: SOAK_SEED=${seed} SOAK_ROUNDS=${rounds}`)
      const { problems, history } = await soak(
        seed,
        size,
        async (options) => createScene({ opener, address: await host.newAddress(), ...options }),
        host,
        opener.module,
      )
      const { operations, requests, killedAt, outages, rest } = history
      const counts = Object.entries(Object.groupBy(operations, ({ kind }) => kind))
        .map(([kind, { length }]) => `${length} × ${kind}`)
        .join(', ')
      const presence = knownPresence(history)
      const known = new Set(operations.flatMap(({ id }) => (id && presence(id, rest.at, rest.at) ? id : [])))
      const failed = operations.filter(({ outcome }) => outcome !== 'ok').length
      console.log(
        `soak: ${operations.length} operations, ${failed} without success, ${requests.length} token requests, ` +
          `${killedAt.size} kills, ${outages.length} restarts, ${known.size} of ${size.users} users known; ${counts}`,
      )

      expect(problems, `SOAK_SEED=${seed}`).toEqual([])
      expect(requests.length).toBeGreaterThan(20 * rounds)
      expect(operations.length - failed).toBeGreaterThan(operations.length / 2)
      expect(known.size).toBeGreaterThan(size.users / 2)
      expect(killedAt.size).toBeGreaterThanOrEqual(Math.floor(rounds / 2))
      expect(outages.length).toBe(Math.floor((rounds + 1) / 4))
    },
    (rounds * 20 + 240) * 1_000,
  )
}
