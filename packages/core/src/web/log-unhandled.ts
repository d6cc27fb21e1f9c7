import { Log } from '../client/runtime/log.ts'
import { consoleLogger, type Logger } from '../client/runtime/logger.ts'
import { PipedriveOAuthError } from '../errors.ts'

/** What the line names of a request. */
export interface UnhandledRequest {
  readonly method: string
  /** Its path, without the query. */
  readonly route: string
}

/**
 * Writes the line about a request that the adapter answers with 500, because nothing in the application handles its error.
 * `logger`: false writes nothing. Default: `console`.
 */
export function logUnhandled(
  error: unknown,
  { method, route }: UnhandledRequest,
  logger: Logger | false = consoleLogger,
): void {
  new Log(logger, Date.now).error({
    what: `${method} ${route} was answered with 500`,
    error,
    status: 500,
    method,
    route,
    // An error of this library has an action of its own.
    ...(!(error instanceof PipedriveOAuthError) && { action: 'Correct what threw this; see the stack.' }),
  })
}
