import { WorkerProcess as Process } from '@pd/test-support'
import type { AppSetup } from './app.ts'
import type { tasks } from './tasks.ts'

/** A process of the application, as its parent holds it. */
export type WorkerProcess = Process<typeof tasks>

export function startWorker(setup: AppSetup): Promise<WorkerProcess> {
  return Process.start(new URL('./worker.ts', import.meta.url), setup)
}
