import { expect, onTestFinished, test, vi } from 'vitest'
import { createFakePipedrive, manualClock, runningClock, StoppedClockError } from '../src/index.ts'
import { createTestClient } from './test-client.ts'

/** The console's errors until the test ends. */
function heardErrors(): string[] {
  const heard: string[] = []
  const spy = vi.spyOn(console, 'error').mockImplementation((text: string) => void heard.push(text))
  onTestFinished(() => spy.mockRestore())
  return heard
}

const sentence =
  /^The manual clock stands still: a sleep of 1000 ms was not woken.*retryOfTheApp.*Call await clock\.advance\(1000\)/

test('F84 a wait on a clock that nobody advances is reported once, with who waits and how to go on', async () => {
  const heard = heardErrors()
  const clock = manualClock({ patienceMs: 200 })
  const retryOfTheApp = async () => clock.sleep(1_000)
  const both = Promise.all([retryOfTheApp(), retryOfTheApp()])
  await expect.poll(() => heard.length).toBe(1)
  expect(heard[0]).toMatch(sentence)
  await clock.advance(1_000)
  await both
  expect(heard).toHaveLength(1)
})

test('F84 with whenStuck: reject the sleep rejects with the same sentence', async () => {
  const clock = manualClock({ patienceMs: 200, whenStuck: 'reject' })
  const retryOfTheApp = async () => clock.sleep(1_000)
  const error = await retryOfTheApp().catch((error: unknown) => error)
  expect(error).toBeInstanceOf(StoppedClockError)
  expect((error as Error).message).toMatch(sentence)
})

test('F84 a clock that is disposed of reports nothing', async () => {
  const heard = heardErrors()
  {
    using clock = manualClock({ patienceMs: 200 })
    void clock.sleep(1_000)
  }
  await new Promise((resolve) => setTimeout(resolve, 600))
  expect(heard).toEqual([])
})

test('F84 a client that waits for the fake through a standing clock gets the error, and the console names the request', async () => {
  const heard = heardErrors()
  const fake = createFakePipedrive({ clock: manualClock({ patienceMs: 200, whenStuck: 'reject' }) })
  fake.faults.add({ endpoint: 'token', fault: { type: 'slow', delayMs: 500 } })
  await expect(createTestClient(fake).refresh('x')).rejects.toThrow('Call await clock.advance(500)')
  expect(heard).toEqual([expect.stringMatching(/^Fake Pipedrive, POST .*\/oauth\/token: The manual clock/)])
  expect(fake.calls[0]?.outcome).toBe('hung')
})

test('F84 over a socket the fake answers 500 with the sentence', async () => {
  heardErrors()
  await using fake = createFakePipedrive({
    clock: manualClock({ patienceMs: 200, whenStuck: 'reject' }),
    latencyMs: 500,
  })
  const { origin } = await fake.listen()
  const answer = await createTestClient(fake, { fetch, origin }).refresh('x')
  expect([answer.status, await answer.text()]).toEqual([500, expect.stringContaining('stands still')])
})

test('F84 a clock that moves, however little, wakes nobody too early and makes nobody impatient', async () => {
  const clock = manualClock({ patienceMs: 300, whenStuck: 'reject' })
  let isAwake = false
  const sleeping = clock.sleep(20).then(() => (isAwake = true))
  for (let step = 1; step < 20; step += 1) {
    await clock.advance(1)
    // Real time passes, more than the patience in all.
    await new Promise((resolve) => setTimeout(resolve, 40))
    expect(isAwake).toBe(false)
  }
  await clock.advance(1)
  await sleeping
  expect(isAwake).toBe(true)
})

test('F84 with patienceMs: Infinity a sleeper waits for ever, and an aborted one leaves no watch behind', async () => {
  const patient = manualClock({ patienceMs: Infinity }).sleep(5)
  const stop = new AbortController()
  const aborted = manualClock({ patienceMs: 200, whenStuck: 'reject' }).sleep(5, stop.signal)
  stop.abort(new Error('enough'))
  await expect(aborted).rejects.toThrow('enough')
  const later = new Promise((resolve) => setTimeout(resolve, 500, 'still waiting'))
  expect(await Promise.race([patient, later])).toBe('still waiting')
})

test('a running clock runs, and who sleeps wakes earlier when it is moved', async () => {
  const clock = runningClock(60_000)
  expect(clock.now() - Date.now()).toBeGreaterThan(59_000)
  const sleeping = clock.sleep(3_600_000)
  await clock.advance(1_800_000)
  await clock.advance(1_800_000)
  await sleeping
  expect(clock.aheadMs).toBe(3_660_000)
  const stop = new AbortController()
  const aborted = clock.sleep(3_600_000, stop.signal)
  stop.abort(new Error('enough'))
  await expect(aborted).rejects.toThrow('enough')
  await expect(clock.advance(-1)).rejects.toThrow('0 or more, not -1')
})

test('the default clock of a fake can be moved; a clock of the caller without advance() cannot', async () => {
  const fake = createFakePipedrive()
  const tokens = fake.install()
  expect(fake.serverAccepts(tokens.access_token)).toBe(true)
  await fake.advance(60 * 60_000)
  expect(fake.serverAccepts(tokens.access_token)).toBe(false)
  await expect(createFakePipedrive({ clock: Date.now }).advance(1)).rejects.toThrow('Move your own clock')
})
