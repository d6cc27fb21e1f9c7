import type { TokenStore } from '@pd/oauth-core'
import { serveTasks } from '@pd/test-support'
import { openApp, type App } from './app.ts'
import type { WorkerSetup } from './worker-process.ts'
import { tasks } from './tasks.ts'

/** One process of the application. */
const app = stalling(JSON.parse(process.env['WORKER'] ?? '') as WorkerSetup)
await app.store.get('1:1')
serveTasks(tasks, app)

/** The application; where it is to stall, it says so when it gets there, and goes no further. */
function stalling({ stallBefore, processNumber = 0, ...setup }: WorkerSetup): App {
  const signed: typeof fetch = (url, init) =>
    fetch(`${String(url)}?process=${processNumber}&sentAt=${Date.now()}`, init)
  if (stallBefore === undefined) return openApp(setup, { fetch: signed })
  const stall = (): Promise<never> => {
    process.send?.({ word: 'stalled' })
    return new Promise(() => {})
  }
  if (stallBefore === 'request') return openApp(setup, { fetch: stall })
  const { store } = openApp(setup)
  let writes = 0
  const compareAndSet: TokenStore['compareAndSet'] = (...write) =>
    ++writes === 1 ? store.compareAndSet(...write) : stall()
  return openApp(setup, { store: { ...store, compareAndSet } })
}
