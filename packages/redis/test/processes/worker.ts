import type { TokenStore } from '@pd/oauth-core'
import { openApp, type App } from './app.ts'
import type { Order, WorkerSetup } from './worker-process.ts'
import { tasks } from './tasks.ts'

/** One process of the application, which does what its parent tells it and ends with it. */
const setup = JSON.parse(process.env['WORKER'] ?? '') as WorkerSetup
const app = stalling(setup)
process.on('message', async ({ call, task, input }: Order) => {
  try {
    const run = tasks[task] as (app: App, input: unknown) => Promise<unknown>
    process.send?.({ call, result: await run(app, input) })
  } catch (error) {
    process.send?.({ call, error: error instanceof Error ? error.stack : String(error) })
  }
})
process.on('disconnect', () => process.exit())
await app.store.get('1:1')
process.send?.({ isReady: true })

/** The application; where it is to stall, it says so when it gets there, and goes no further. */
function stalling({ stallBefore, processNumber = 0, ...setup }: WorkerSetup): App {
  const signed: typeof fetch = (url, init) =>
    fetch(`${String(url)}?process=${processNumber}&sentAt=${Date.now()}`, init)
  if (stallBefore === undefined) return openApp(setup, { fetch: signed })
  const stall = (): Promise<never> => {
    process.send?.({ isStalled: true })
    return new Promise(() => {})
  }
  if (stallBefore === 'request') return openApp(setup, { fetch: stall })
  const { store } = openApp(setup)
  let writes = 0
  const compareAndSet: TokenStore['compareAndSet'] = (...write) =>
    ++writes === 1 ? store.compareAndSet(...write) : stall()
  return openApp(setup, { store: { ...store, compareAndSet } })
}
