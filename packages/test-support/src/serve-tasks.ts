import type { Order, Report, Tasks } from './tasks.ts'

/** Turns this process into a worker: it runs the tasks that its parent sends, and exits when its parent does. */
export function serveTasks<App>(tasks: Tasks, app: App): void {
  process.on('message', async ({ call, task, input }: Order) => {
    try {
      const run = tasks[task] as unknown as (app: App, input: unknown) => unknown
      report({ call, result: await run(app, input) })
    } catch (error) {
      report({ call, error: error instanceof Error ? error.stack : String(error) })
    }
  })
  process.on('disconnect', () => process.exit())
  report({ word: 'ready' })
}

function report(report: Report): void {
  process.send?.(report)
}
