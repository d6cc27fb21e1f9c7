import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Order, Report, TaskInput, TaskResult, Tasks } from './tasks.ts'

/** A worker process, as its parent sees it. `All` are the tasks of its program. */
export class WorkerProcess<All extends Tasks> implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #words = new Map<string, PromiseWithResolvers<void>>()
  #lastCall = 0

  private constructor(program: URL, setup: unknown) {
    this.#child = fork(fileURLToPath(program), { env: { ...process.env, WORKER: JSON.stringify(setup) } })
    this.#child.on('message', ({ call = 0, result, error, word }: Report) => {
      if (word !== undefined) this.#word(word).resolve()
      if (error === undefined) this.#calls.get(call)?.resolve(result)
      else this.#calls.get(call)?.reject(new Error(`In a worker process: ${error}`))
      this.#calls.delete(call)
    })
    this.#child.once('exit', (code, signal) => {
      const gone = new Error(`The worker process has ended: ${signal ?? code}`)
      for (const waiting of [...this.#words.values(), ...this.#calls.values()]) waiting.reject(gone)
    })
  }

  /** Starts a program that calls `serveTasks`, and waits until it is ready. The program finds `setup` as JSON in `WORKER`. */
  static async start<All extends Tasks>(program: URL, setup: unknown): Promise<WorkerProcess<All>> {
    const worker = new WorkerProcess<All>(program, setup)
    await worker.heard('ready')
    return worker
  }

  /**
   * Runs a task in the worker.
   * @throws {Error} if the task throws, or if the process ends first
   */
  run<Name extends keyof All & string>(
    task: Name,
    input: TaskInput<All, Name>,
  ): Promise<TaskResult<All, Name>> {
    const call = ++this.#lastCall
    const answer = Promise.withResolvers<unknown>()
    this.#calls.set(call, answer)
    // A process that was just killed cannot take the order.
    this.#child.send({ call, task, input } satisfies Order, (error) => error && answer.reject(error))
    return answer.promise as Promise<TaskResult<All, Name>>
  }

  /** Resolves when the worker has sent this word. */
  heard(word: string): Promise<void> {
    return this.#word(word).promise
  }

  /** Kills the process, as a crash would. Its running tasks are rejected. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  #word(word: string): PromiseWithResolvers<void> {
    const known = this.#words.get(word)
    if (known !== undefined) return known
    const awaited = Promise.withResolvers<void>()
    // The process may end before a word that nobody waits for.
    awaited.promise.catch(() => {})
    this.#words.set(word, awaited)
    return awaited
  }
}
