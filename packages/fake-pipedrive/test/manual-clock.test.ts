import { expect, test } from 'vitest'
import { manualClock } from '../src/index.ts'

test('a manual clock stands still until it is advanced', async () => {
  const clock = manualClock(1_000)
  expect(clock.now()).toBe(1_000)
  await clock.advance(500)
  expect(clock.now()).toBe(1_500)
})

test('advance() wakes sleepers in the order of their time, each at its own instant', async () => {
  const clock = manualClock(0)
  const woken: (readonly [string, number])[] = []
  const sleeper = (name: string, ms: number) => clock.sleep(ms).then(() => woken.push([name, clock.now()]))
  void sleeper('late', 300)
  void sleeper('early', 100)
  void sleeper('never', 1_001)
  await clock.advance(1_000)
  expect(woken).toEqual([
    ['early', 100],
    ['late', 300],
  ])
})

test('advance() also wakes sleeps that woken code starts', async () => {
  const clock = manualClock(0)
  const ticks: number[] = []
  const ticker = async () => {
    for (;;) {
      await clock.sleep(250)
      ticks.push(clock.now())
    }
  }
  void ticker()
  await clock.advance(1_000)
  expect(ticks).toEqual([250, 500, 750, 1_000])
})

test('advance() waits for the cryptography of woken code before it wakes the next sleeper', async () => {
  const clock = manualClock(0)
  const order: string[] = []
  void clock.sleep(10).then(async () => {
    for (let round = 0; round < 10; round += 1) await crypto.subtle.digest('SHA-256', new Uint8Array(4096))
    order.push(`first, at ${clock.now()}`)
  })
  void clock.sleep(20).then(() => order.push('second'))
  await clock.advance(20)
  expect(order).toEqual(['first, at 10', 'second'])
})

test('a sleep of 0 ms does not wait for an advance', async () => {
  const clock = manualClock()
  await clock.sleep(0)
  await clock.sleep(-5)
})

test('a sleep rejects with the reason of its signal and then never wakes', async () => {
  const clock = manualClock(0)
  const reason = new Error('stop')
  await expect(clock.sleep(10, AbortSignal.abort(reason))).rejects.toBe(reason)
  const stop = new AbortController()
  const sleeping = clock.sleep(10, stop.signal)
  stop.abort(reason)
  await expect(sleeping).rejects.toBe(reason)
  await clock.advance(100)
  expect(clock.now()).toBe(100)
})

test('the time never goes backwards', async () => {
  const clock = manualClock(100)
  await clock.advance(-50)
  await expect(clock.advance(Number.NaN)).rejects.toThrow('must be a number of milliseconds')
  expect(clock.now()).toBe(100)
})
