import { listen } from './http/listen.ts'
import { memorySafe } from './keeping/safe.ts'
import { Browser } from './once/browser.ts'
import { connecting } from './once/connecting.ts'
import { startJourney } from './once/journey.ts'
import { keepingTokens } from './once/keeping-tokens.ts'
import { readingDeals } from './once/reading-deals.ts'
import { runSteps } from './once/run-steps.ts'
import { uninstalling } from './once/uninstalling.ts'
import { fakePipedrive } from './pipedrive.ts'
import { startPlayground } from './start-playground.ts'
import { callbackPath } from './serve.ts'

/** The time limit for all steps together, in milliseconds. */
const limitMs = 60_000

/**
 * Runs every step against the fake over real sockets, and prints each step with its figures. Stores nothing on disk.
 * Resolves to whether all figures were as expected.
 */
export async function once(secrets: readonly string[] | undefined): Promise<boolean> {
  const startedAt = performance.now()
  const socket = await listen(0)
  const pipedrive = await fakePipedrive(`http://localhost:${socket.port}${callbackPath}`)
  // The failures of this run are its steps.
  const playground = await startPlayground(socket, pipedrive, memorySafe(secrets), false)
  const limit = setTimeout(() => {
    console.error(`Not finished within ${limitMs / 1_000} s. The last line above is the last finished step.`)
    process.exit(1)
  }, limitMs)
  try {
    console.log(`Playground on ${playground.origin}, fake Pipedrive on ${pipedrive.controls.origin}`)
    const journey = startJourney(playground, pipedrive)
    const steps = [
      ...connecting(journey, new Browser()),
      ...readingDeals(journey),
      ...keepingTokens(journey),
      ...uninstalling(journey),
    ]
    const ok = await runSteps(steps, { line: console.log, error: console.error })
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(2)
    if (ok) console.log(`All ${steps.length} steps went as expected, in ${seconds} s.`)
    return ok
  } finally {
    clearTimeout(limit)
    await playground.close()
  }
}
