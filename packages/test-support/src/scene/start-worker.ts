import { WorkerProcess } from '../worker-process.ts'
import type { AppSetup } from './app.ts'
import type { appTasks } from './app-tasks.ts'

/** What a worker process is started with. */
export interface WorkerSetup extends AppSetup {
  /** The module whose export `opener` opens the store. */
  readonly module: string
  readonly address: unknown
  /**
   * The step that this worker never reaches: its first token request, or the write after its claim. There it says
   * `stalled` and waits for ever.
   */
  readonly stallBefore?: 'request' | 'save'
}

/** A process of the application, as its parent holds it. */
export type Worker = WorkerProcess<typeof appTasks>

export function startWorker(setup: WorkerSetup): Promise<Worker> {
  return WorkerProcess.start(new URL('./worker.ts', import.meta.url), setup)
}
