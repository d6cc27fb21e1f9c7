import type { InstallationId } from '../../machine/account.ts'
import { causeText } from '../../clean-cause.ts'
import { PipedriveOAuthError } from '../../errors.ts'
import { actionFor } from './action-for.ts'
import type { LogDetails, Logger } from './logger.ts'

/** What failed, for a line of the log. */
export interface Failure {
  /** The beginning of the line, such as `GET /pipedrive/callback was answered with 503`. */
  readonly what: string
  readonly error: unknown
  readonly installationId?: InstallationId | undefined
  readonly reference?: string | undefined
  readonly durationMs?: number | undefined
  readonly status?: number | undefined
  readonly method?: string | undefined
  readonly route?: string | undefined
  /** What to do. Default: what the error's code suggests. */
  readonly action?: string | undefined
}

const minute = 60_000

/** Writes failures into the application's log, one line each. Never throws. */
export class Log {
  readonly #logger: Logger | undefined
  readonly #now: () => number
  /** When a warning of each code was written last, and how many were left out since. */
  readonly #warned = new Map<string, { at: number; repeats: number }>()

  constructor(logger: Logger | undefined, now: () => number) {
    this.#logger = logger
    this.#now = now
  }

  /** Writes a failure that somebody has to look at. */
  error(failure: Failure): void {
    this.#write('error', failure, 0)
  }

  /**
   * Writes a failure that strangers can cause, or that repeats: at most one line per minute and code. The next line says
   * how many were left out.
   */
  warn(failure: Failure): void {
    const key = codeOf(failure.error)
    const now = this.#now()
    const last = this.#warned.get(key)
    if (last !== undefined && now >= last.at && now < last.at + minute) return void last.repeats++
    this.#warned.set(key, { at: now, repeats: 0 })
    this.#write('warn', failure, last?.repeats ?? 0)
  }

  #write(level: 'error' | 'warn', failure: Failure, repeats: number): void {
    try {
      const details = detailsOf(failure, repeats)
      this.#logger?.[level](lineOf(failure, details), details)
    } catch {
      // A logger that throws must not change what happens to the request.
    }
  }
}

function detailsOf(failure: Failure, repeats: number): LogDetails {
  const { what: _, error, action, ...about } = failure
  const code = codeOf(error)
  const given = Object.entries(about).filter(([, value]) => value !== undefined)
  return {
    code,
    ...(Object.fromEntries(given) as Omit<Failure, 'what' | 'error' | 'action'>),
    ...causeOf(error),
    ...(repeats === 0 ? {} : { repeats }),
    action: action ?? actionFor(code),
  } as LogDetails
}

function lineOf({ what, error }: Failure, details: LogDetails): string {
  const { code, installationId, reference, durationMs, cause, repeats, action } = details
  const about = [
    code,
    ...(installationId === undefined ? [] : [`installation ${installationId}`]),
    ...(reference === undefined ? [] : [`reference ${reference}`]),
    ...(durationMs === undefined ? [] : [`after ${durationMs} ms`]),
  ].join(', ')
  const said = error instanceof PipedriveOAuthError ? [error.message] : []
  return [
    `Pipedrive OAuth: ${what} (${about}).`,
    ...said,
    ...(cause === undefined ? [] : [`Cause: ${cause}.`]),
    `What to do: ${action}`,
    ...(repeats === undefined ? [] : [`(${repeats} more of these since the last line.)`]),
  ]
    .join(' ')
    .replace(/\s+/g, ' ')
}

/** Returns the code of an error; `unexpected_error` for one that is not of this library. */
export function codeOf(error: unknown): string {
  return error instanceof PipedriveOAuthError ? error.code : 'unexpected_error'
}

/** Returns the text of the innermost cause of an error. Nothing, if an error of this library has no cause. */
export function causeOf(error: unknown): { readonly cause?: string } {
  if (!(error instanceof PipedriveOAuthError)) return { cause: causeText(error) }
  return error.cause === undefined ? {} : { cause: causeText(error.cause) }
}
