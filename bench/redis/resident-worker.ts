import { idsOf, openClient, type Setup } from './scene.ts'

/** What the process measured: its resident memory, every 5 seconds. */
export interface Resident {
  readonly calls: number
  readonly residentMiB: readonly number[]
}

const { setup, known, minutes } = JSON.parse(process.env['RESIDENT'] ?? '') as {
  setup: Setup
  known: number
  minutes: number
}
const { oauth } = openClient(setup)
const ids = idsOf(known)
const until = performance.now() + minutes * 60_000
const residentMiB: number[] = []
const timer = setInterval(() => residentMiB.push(process.memoryUsage.rss() / 1_048_576), 5_000)
let calls = 0
const lane = async () => {
  while (performance.now() < until) {
    await oauth.installation(ids[Math.floor(Math.random() * known)]!).accessToken()
    calls++
  }
}
await Promise.all(Array.from({ length: 64 }, lane))
clearInterval(timer)
const resident: Resident = { calls, residentMiB }
process.send?.(resident)
process.on('disconnect', () => process.exit())
