import type { InstallationId } from '../../machine/account.ts'

/** What a line of the log says, as data. Holds no secret. */
export interface LogDetails {
  /** The code of the error, such as `store_unavailable`; `unexpected_error` for an error that is not of this library. */
  readonly code: string
  readonly installationId?: InstallationId | (string & {})
  /** The application's own name of the tenant or user. */
  readonly reference?: string
  /** How long it took until it failed, in milliseconds. */
  readonly durationMs?: number
  /** The status of the answer, for a request that was answered with an error. */
  readonly status?: number
  readonly method?: string
  /** The path of the request, without its query. */
  readonly route?: string
  /** The innermost cause, such as `connect ECONNREFUSED 127.0.0.1:5432`. */
  readonly cause?: string
  /** Where an error that is not of this library was thrown. */
  readonly stack?: string
  /** How many of the same were left out of the log since its last line. */
  readonly repeats?: number
  /** What to do about it. */
  readonly action: string
}

/** Where failures are told. The README shows Pino and OpenTelemetry. */
export interface Logger {
  error(message: string, details: LogDetails): void
  warn(message: string, details: LogDetails): void
  /** Optional. What is no failure: an uninstall notice. */
  info?(message: string, details: LogDetails): void
}

/** Writes each line as it is, and below it the stack of an error that is not of this library. */
export const consoleLogger: Logger = {
  error: (message, details) => console.error(withStack(message, details)),
  warn: (message, details) => console.warn(withStack(message, details)),
  // oxlint-disable-next-line no-console -- it is no failure, and stderr is for those
  info: (message) => console.info(message),
}

function withStack(message: string, { stack }: LogDetails): string {
  return stack === undefined ? message : `${message}\n${stack}`
}

/** Returns whether a value is a logger. */
export function isLogger(value: unknown): value is Logger {
  const { error, warn, info } = Object(value) as { readonly [name in keyof Logger]?: unknown }
  const areFunctions = typeof error === 'function' && typeof warn === 'function'
  return areFunctions && (info === undefined || typeof info === 'function')
}
