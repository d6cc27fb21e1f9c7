/** The tasks of a worker, each a function of its application and an input. Inputs and results can be sent between processes. */
export type Tasks = Record<string, (app: never, input: never) => unknown>

export type TaskInput<All extends Tasks, Name extends keyof All> =
  Parameters<All[Name]> extends [unknown, infer Input] ? Input : undefined
export type TaskResult<All extends Tasks, Name extends keyof All> = Awaited<ReturnType<All[Name]>>

/** A message from a parent to its worker. */
export interface Order {
  readonly call: number
  readonly task: string
  readonly input: unknown
}

/** A message from a worker to its parent: the result of a call, or a word of its own. */
export interface Report {
  readonly call?: number
  readonly result?: unknown
  readonly error?: string | undefined
  readonly word?: string
}
