import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedRedis } from './servers/connect.ts'
import { soakSchedule } from './soak-schedule.ts'
import { soak } from './soak.ts'

let redis: Awaited<ReturnType<typeof sharedRedis>>
beforeAll(async () => {
  redis = await sharedRedis()
})
afterAll(() => redis?.stop())

const seconds = Number(process.env['SOAK_SECONDS'] ?? (process.env['TEST_SIZE'] === 'full' ? 300 : 10))
const seed = Number(process.env['SOAK_SEED'] ?? Math.floor(Math.random() * 1e9))
const size = { seconds, workers: 4, users: 2_000 }

test('a seed determines what happens in a soak, and when', () => {
  expect(soakSchedule(7, size)).toEqual(soakSchedule(7, size))
  expect(soakSchedule(7, size)).not.toEqual(soakSchedule(8, size))
})

test(
  `F02 F06 F15 F19 through kills, uninstalls, re-installs and faults nobody is lost and no token asked for twice`,
  async () => {
    console.log(`soak: SOAK_SEED=${seed} SOAK_SECONDS=${seconds}`)
    const { problems, calls, failures, tokenRequests, incidents } = await soak(seed, size, redis.address)
    const counts = Object.entries(Object.groupBy(incidents, ({ type }) => type))
      .map(([type, { length }]) => `${length} × ${type}`)
      .join(', ')
    console.log(`soak: ${calls} calls, ${failures} failed, ${tokenRequests} token requests; ${counts}`)

    expect(problems, `SOAK_SEED=${seed}`).toEqual([])
    expect(tokenRequests).toBeGreaterThan(100)
    expect(new Set(incidents.map(({ type }) => type)).size).toBe(4)
  },
  (seconds + 60) * 1_000,
)
