import { causeText, cleanCause } from '../../clean-cause.ts'
import { PipedriveOAuthError } from '../../errors.ts'
import { minute } from '../../machine/durations.ts'
import { actionFor, ownActionOf } from './action-for.ts'
import type { LogDetails, Logger } from './logger.ts'
import { withoutUndefined } from './without-undefined.ts'

type Details = { readonly [Name in keyof LogDetails]?: LogDetails[Name] | undefined }

/** What failed, for a line of the log. */
export interface Failure extends Details {
  /** The beginning of the line, such as `GET /pipedrive/callback was answered with 503`. */
  readonly what: string
  /** Gives code, installation and cause, unless they are given. */
  readonly error?: unknown
}

type ReferenceOf = (installationId: string) => string | undefined

/** Writes failures into the application's log, one line each. Never throws. */
export class Log {
  readonly #logger: Logger | undefined
  readonly #now: () => number
  readonly #oauthOrigin: string | undefined
  /** Returns the reference of an installation, as far as this process remembers it. */
  referenceOf: ReferenceOf = () => undefined
  /** When a warning of each kind was written last, and how many were left out since. */
  readonly #warned = new Map<string, { readonly at: number; repeats: number }>()

  /**
   * `logger`: false writes nothing. Default: `console`. `now` returns the time, in epoch milliseconds. `oauthOrigin`: that of
   * the token endpoint. Default: Pipedrive's.
   */
  constructor(logger: Logger | false, now: () => number, oauthOrigin?: string) {
    this.#logger = logger === false ? undefined : logger
    this.#now = now
    this.#oauthOrigin = oauthOrigin
  }

  /** Writes a failure that somebody has to look at. */
  error(failure: Failure): void {
    this.#write('error', failure, 0)
  }

  /**
   * Writes a failure that strangers can cause, or that repeats: at most one line per minute and `kind`. The next line says
   * how many were left out. Default of `kind`: the code, and what to do if the code leaves that open.
   */
  warn(failure: Failure, kind: string = kindOf(failure)): void {
    const now = this.#now()
    const last = this.#warned.get(kind)
    if (last !== undefined && now >= last.at && now < last.at + minute) return void last.repeats++
    this.#warned.set(kind, { at: now, repeats: 0 })
    this.#write('warn', failure, last?.repeats ?? 0)
  }

  /** Writes what is no failure, and what somebody looks for later. Nothing, if the logger has no `info`. */
  info(news: Failure): void {
    this.#write('info', news, 0)
  }

  #write(level: keyof Logger, failure: Failure, repeats: number): void {
    try {
      const details = detailsOf(failure, repeats, this.referenceOf, this.#oauthOrigin)
      this.#logger?.[level]?.(lineOf(failure, details), details)
    } catch {
      // A logger that throws must not change what happens to the request.
    }
  }
}

function detailsOf(
  failure: Failure,
  repeats: number,
  referenceOf: ReferenceOf,
  oauthOrigin: string | undefined,
): LogDetails {
  const { what: _, error, ...given } = failure
  const code = codeOf(failure)
  const isOwn = error === undefined || error instanceof PipedriveOAuthError
  const { installationId = isOwn ? error?.installationId : undefined } = given
  const {
    action = ownActionOf(error) ?? actionFor(code, oauthOrigin),
    reference = installationId && referenceOf(installationId),
  } = given
  return withoutUndefined({
    ...(error === undefined ? {} : causeOf(error)),
    ...(isOwn ? {} : { stack: cleanCause(error).stack }),
    ...(repeats === 0 ? {} : { repeats }),
    ...given,
    code,
    installationId,
    reference,
    action,
  }) as LogDetails
}

function lineOf({ what, error }: Failure, details: LogDetails): string {
  const { code, installationId, reference, durationMs, cause, repeats, action } = details
  const about = [
    code,
    installationId && `installation ${installationId}`,
    reference && `reference ${reference}`,
    durationMs === undefined ? '' : `after ${durationMs} ms`,
  ].filter(Boolean)
  return [
    `Pipedrive OAuth: ${what} (${about.join(', ')}).`,
    error instanceof PipedriveOAuthError ? error.message : '',
    cause && `Cause: ${cause.replace(/\.$/, '')}.`,
    `What to do: ${action}`,
    repeats && `(${repeats} more of these since the last line.)`,
  ]
    .filter(Boolean)
    .join(' ')
    .replace(/\s+/g, ' ')
}

function codeOf({ code, error }: Failure): string {
  return code ?? (error instanceof PipedriveOAuthError ? error.code : 'unexpected_error')
}

function kindOf(failure: Failure): string {
  return `${codeOf(failure)} ${ownActionOf(failure.error) ?? ''}`
}

/** Returns the text of the innermost cause of an error. Nothing, if an error of this library has no cause. */
export function causeOf(error: unknown): { readonly cause?: string } {
  if (!(error instanceof PipedriveOAuthError)) return { cause: causeText(error) }
  return error.cause === undefined ? {} : { cause: causeText(error.cause) }
}
