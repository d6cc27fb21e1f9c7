import { WorkerProcess as Process } from '@pd/test-support'
import type { AppSetup } from './app.ts'
import type { tasks } from './tasks.ts'

export interface WorkerSetup extends AppSetup {
  /** What this worker never comes to do: its first token request, or the write after its claim. There it says `stalled`. */
  readonly stallBefore?: 'request' | 'save'
  /** Goes into the address of every token request, as `process` beside `sentAt`, for the server's log. */
  readonly processNumber?: number
}

/** A process of the application, as its parent holds it. */
export type WorkerProcess = Process<typeof tasks>

export function startWorker(setup: WorkerSetup): Promise<WorkerProcess> {
  return Process.start(new URL('./worker.ts', import.meta.url), setup)
}
