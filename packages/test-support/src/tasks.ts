/** What a worker can be asked to do with its application. Everything that goes in and comes out can be sent between processes. */
export type Tasks = Record<string, (app: never, input: never) => unknown>

export type TaskInput<All extends Tasks, Name extends keyof All> =
  Parameters<All[Name]> extends [unknown, infer Input] ? Input : undefined
export type TaskResult<All extends Tasks, Name extends keyof All> = Awaited<ReturnType<All[Name]>>

/** What a parent says to a worker. */
export interface Order {
  readonly call: number
  readonly task: string
  readonly input: unknown
}

/** What a worker says to its parent: how a call ended, or a word of its own. */
export interface Report {
  readonly call?: number
  readonly result?: unknown
  readonly error?: string | undefined
  readonly word?: string
}
