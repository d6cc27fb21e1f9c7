import { libraries } from './libraries.ts'
import type { Setup } from './scene.ts'

/** One process of the stampede: makes ready, waits for the word, asks for a token so many times at once. */
const { name, setup, callers } = JSON.parse(process.env['STAMPEDE'] ?? '') as {
  name: string
  setup: Setup
  callers: number
}
const accessToken = await libraries[name]!(setup)
process.on('disconnect', () => process.exit())
process.on('message', async () => {
  const startedAt = performance.now()
  const outcomes = await Promise.allSettled(Array.from({ length: callers }, accessToken))
  const tookMs = performance.now() - startedAt
  const tokens = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' && typeof outcome.value === 'string' ? [outcome.value] : [],
  )
  process.send?.({ tokens, failed: callers - tokens.length, tookMs })
})
process.send?.('ready')
