import { manualClock } from '@pd/fake-pipedrive'
import { expect, test } from 'vitest'
import { fullClock } from '../../../src/client/runtime/clock.ts'
import { retryUntil } from '../../../src/client/runtime/retry.ts'

/** Calls work that succeeds at its `succeedsAt`th try, and returns when each try began, from 0. */
async function triesOf(succeedsAt: number, lastsMs: number) {
  const manual = manualClock()
  const begin = manual.now()
  const tries: number[] = []
  const told: unknown[] = []
  const work = async () => {
    tries.push(manual.now() - begin)
    if (tries.length < succeedsAt) throw new Error(`try ${tries.length}`)
    return 'done'
  }
  const failed = (error: unknown) => void told.push((error as Error).message)
  const running = retryUntil(work, { clock: fullClock(manual), until: begin + lastsMs, failed })
  const outcome = running.then(String, String)
  await manual.advance(lastsMs)
  return { outcome: await outcome, tries, told }
}

test('the pauses double from 50 ms to a second', async () => {
  const { outcome, tries, told } = await triesOf(9, 10_000)
  expect(outcome).toBe('done')
  expect(tries).toEqual([0, 50, 150, 350, 750, 1_550, 2_550, 3_550, 4_550])
  expect(told).toHaveLength(8)
})

test('no try begins at the end or later, and the last error is what comes of it', async () => {
  const { outcome, tries, told } = await triesOf(Infinity, 350)
  expect(tries).toEqual([0, 50, 150])
  expect(told).toEqual(['try 1', 'try 2', 'try 3'])
  expect(outcome).toBe('Error: try 3')
  expect((await triesOf(Infinity, 360)).tries).toEqual([0, 50, 150, 350])
})

test('what `failed` throws ends the tries', async () => {
  const hopeless = new Error('hopeless')
  const manual = manualClock()
  let tries = 0
  const running = retryUntil(
    async () => {
      tries++
      throw new Error('failed')
    },
    {
      clock: fullClock(manual),
      until: manual.now() + 1_000,
      failed: () => {
        throw hopeless
      },
    },
  )
  await expect(running).rejects.toBe(hopeless)
  expect(tries).toBe(1)
})
