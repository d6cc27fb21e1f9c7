import { openApp, type App, type AppSetup } from './app.ts'
import type { Order } from './worker-process.ts'
import { tasks } from './tasks.ts'

/** One process of the application, which does what its parent tells it and ends with it. */
const app = openApp(JSON.parse(process.env['WORKER'] ?? '') as AppSetup)
process.on('message', async ({ call, task, input }: Order) => {
  try {
    const run = tasks[task] as (app: App, input: unknown) => Promise<unknown>
    process.send?.({ call, result: await run(app, input) })
  } catch (error) {
    process.send?.({ call, error: error instanceof Error ? error.stack : String(error) })
  }
})
process.on('disconnect', () => process.exit())
process.send?.({ isReady: true })
