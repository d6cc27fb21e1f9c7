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

const password = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits'])

test.each([
  [
    'takes long',
    () =>
      crypto.subtle.deriveBits(
        { name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(8), iterations: 300_000 },
        password,
        512,
      ),
  ],
  [
    'has many steps',
    async () => {
      for (let step = 0; step < 200; step += 1) await crypto.subtle.digest('SHA-256', new Uint8Array(4096))
    },
  ],
  ['fails', () => crypto.subtle.decrypt('AES-GCM', password, new Uint8Array(1)).catch(() => {})],
])(
  'advance() waits for cryptography of woken code that %s before it wakes the next sleeper',
  async (_, work) => {
    const clock = manualClock(0)
    const order: string[] = []
    void clock.sleep(10).then(async () => {
      await work()
      order.push(`first, at ${clock.now()}`)
    })
    void clock.sleep(20).then(() => order.push('second'))
    await clock.advance(20)
    expect(order).toEqual(['first, at 10', 'second'])
  },
)

test('advance() waits for cryptography that began before it, and two clocks at once do not wait for each other', async () => {
  const clocks = [manualClock(0), manualClock(0)]
  const order: string[] = []
  const long = { name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(8), iterations: 300_000 }
  void crypto.subtle.deriveBits(long, password, 512).then(() => order.push('derived'))
  for (const clock of clocks) void clock.sleep(10).then(() => order.push('woken'))
  await Promise.all(clocks.map((clock) => clock.advance(10)))
  expect(order).toEqual(['derived', 'woken', 'woken'])
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
