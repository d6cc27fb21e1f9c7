import { expect, test } from 'vitest'
import { soakSchedule } from '../src/soak/soak-schedule.ts'

test('a seed determines what happens in a soak, and when', () => {
  const size = { rounds: 10, workers: 4, users: 60, operations: 40 }

  expect(soakSchedule(7, size)).toEqual(soakSchedule(7, size))
  expect(soakSchedule(7, size)).not.toEqual(soakSchedule(8, size))
})
