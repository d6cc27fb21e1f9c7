import type { InstallationId } from '@pd/oauth-core'
import { libraries } from './libraries.ts'
import type { Setup } from './scene.ts'

/** One process of a stampede: makes ready, waits for the word, asks for the token of an installation so many times at once. */
export interface Outcome {
  readonly tokens: readonly string[]
  readonly failed: number
  readonly tookMs: number
}

const { name, setup, callers } = JSON.parse(process.env['STAMPEDE'] ?? '') as {
  name: string
  setup: Setup
  callers: number
}
const accessToken = await libraries[name]!(setup)
process.on('disconnect', () => process.exit())
process.on('message', async (id: InstallationId) => {
  const startedAt = performance.now()
  const outcomes = await Promise.allSettled(Array.from({ length: callers }, () => accessToken(id)))
  const tookMs = performance.now() - startedAt
  const tokens = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' && typeof outcome.value === 'string' ? [outcome.value] : [],
  )
  const outcome: Outcome = { tokens, failed: callers - tokens.length, tookMs }
  process.send?.(outcome)
})
process.send?.('ready')
