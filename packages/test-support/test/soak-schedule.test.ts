import { expect, test } from 'vitest'
import { soakSchedule } from '../src/soak/soak-schedule.ts'

test('a seed determines what happens in a soak, and when', () => {
  const size = { seconds: 10, workers: 4, users: 2_000 }

  expect(soakSchedule(7, size)).toEqual(soakSchedule(7, size))
  expect(soakSchedule(7, size)).not.toEqual(soakSchedule(8, size))
})
