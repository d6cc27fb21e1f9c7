import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { AppSetup } from './app.ts'
import type { TaskInput, TaskName, TaskResult } from './tasks.ts'

export interface WorkerSetup extends AppSetup {
  /** What this worker never comes to do: its first token request, or the write after its claim. */
  readonly stallBefore?: 'request' | 'save'
  /** Goes into the address of every token request, as `process` beside `sentAt`, for the server's log. */
  readonly processNumber?: number
}

/** What a parent says to a worker. */
export interface Order {
  readonly call: number
  readonly task: TaskName
  readonly input: unknown
}

interface Report {
  readonly call?: number
  readonly result?: unknown
  readonly error?: string
  readonly isReady?: boolean
  readonly isStalled?: boolean
}

const path = fileURLToPath(new URL('./worker.ts', import.meta.url))

/** A process of the application, as its parent holds it. */
export class WorkerProcess implements AsyncDisposable {
  /** Resolves when the worker has come to where it stalls. */
  readonly stalled: Promise<void>
  readonly #child: ChildProcess
  readonly #ready = Promise.withResolvers<void>()
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>()
  #lastCall = 0

  private constructor(setup: WorkerSetup) {
    const stalled = Promise.withResolvers<void>()
    this.stalled = stalled.promise
    this.#child = fork(path, { env: { ...process.env, WORKER: JSON.stringify(setup) } })
    this.#child.on('message', ({ call = 0, result, error, isReady, isStalled }: Report) => {
      if (isReady) this.#ready.resolve()
      if (isStalled) stalled.resolve()
      if (error === undefined) this.#calls.get(call)?.resolve(result)
      else this.#calls.get(call)?.reject(new Error(`In a worker process: ${error}`))
      this.#calls.delete(call)
    })
    this.#child.once('exit', (code, signal) => {
      const gone = new Error(`The worker process has ended: ${signal ?? code}`)
      this.#ready.reject(gone)
      for (const call of this.#calls.values()) call.reject(gone)
    })
  }

  /** Starts a worker, and waits until it is connected. */
  static async start(setup: WorkerSetup): Promise<WorkerProcess> {
    const worker = new WorkerProcess(setup)
    await worker.#ready.promise
    return worker
  }

  run<Name extends TaskName>(task: Name, input: TaskInput<Name>): Promise<TaskResult<Name>> {
    const call = ++this.#lastCall
    const answer = Promise.withResolvers<unknown>()
    this.#calls.set(call, answer)
    this.#child.send({ call, task, input } satisfies Order)
    return answer.promise as Promise<TaskResult<Name>>
  }

  /** Ends it as a crash would. What it was doing is never answered. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}
