import type { TokenStore } from '@pd/oauth-core'
import { serveTasks } from '../serve-tasks.ts'
import { openApp, type App } from './app.ts'
import { appTasks } from './app-tasks.ts'
import type { WorkerSetup } from './start-worker.ts'
import type { StoreOpener, TestedStore } from './store-opener.ts'

/** The program of one process of the application. */
const setup = JSON.parse(process.env['WORKER'] ?? '') as WorkerSetup
const { opener } = (await import(setup.module)) as { opener: StoreOpener<unknown> }
const app = openWorkerApp(setup)
// Connects before the first task. The table may still be missing.
await app.store.get('1:1').catch(() => {})
serveTasks(appTasks, app)

function openWorkerApp({ address, stallBefore, ...appSetup }: WorkerSetup): App {
  const opened = opener.open(address)
  const store = stallBefore === 'save' ? stallingAfterOneWrite(opened.store) : opened.store
  return openApp({ ...opened, store }, appSetup, stallBefore === 'request' ? { fetch: stall } : {})
}

/** The same store, whose second write stalls. The first is the claim. */
function stallingAfterOneWrite(store: TestedStore): TestedStore {
  let writes = 0
  const compareAndSet: TokenStore['compareAndSet'] = (...write) =>
    ++writes === 1 ? store.compareAndSet(...write) : stall()
  return { ...store, compareAndSet }
}

function stall(): Promise<never> {
  process.send?.({ word: 'stalled' })
  return new Promise(() => {})
}
