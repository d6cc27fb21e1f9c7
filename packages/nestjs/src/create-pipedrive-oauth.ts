import { ConfigurationError, PipedriveOAuth, type OAuthEvent, type TokenStore } from '@pd/oauth-core'
import type { PipedriveModuleOptions } from './pipedrive-module-options.interface.ts'

/** What a test may override, and who receives the events. */
export interface PipedriveOAuthParts {
  readonly store: TokenStore | undefined
  readonly fetch: typeof globalThis.fetch | undefined
  readonly onEvent: (event: OAuthEvent) => void
}

/**
 * The client that the options of the module describe.
 * @throws {ConfigurationError} `invalid_configuration`, naming every problem of client and module at once
 */
export function createPipedriveOAuth(
  options: PipedriveModuleOptions,
  { store, fetch, onEvent }: PipedriveOAuthParts,
): PipedriveOAuth {
  const { routes, path, extensionSecrets, missingState, sessionMs, onConnected, ...client } = options ?? {}
  const problems = moduleProblems({ routes, path, extensionSecrets, missingState, sessionMs, onConnected })
  const own = client.onEvent
  const both = (event: OAuthEvent) => {
    onEvent(event)
    return own?.(event)
  }
  try {
    const oauth = new PipedriveOAuth({
      ...client,
      ...(store !== undefined && { store }),
      ...(fetch !== undefined && { fetch }),
      onEvent: own === undefined || typeof own === 'function' ? both : own,
    })
    if (problems.length === 0) return oauth
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    throw new ConfigurationError([...error.problems, ...problems])
  }
  throw new ConfigurationError(problems)
}

/** The options that are not the client's, whatever an application without types has put there. */
function moduleProblems(options: Partial<Record<keyof PipedriveModuleOptions, unknown>>): string[] {
  const { routes, path, extensionSecrets, missingState, sessionMs, onConnected } = options
  const wrong: [isWrong: boolean, problem: string][] = [
    [routes !== undefined && typeof routes !== 'boolean', 'routes must be true or false'],
    [path !== undefined && !isPath(path), 'path must be a path such as /pipedrive, without a query'],
    [
      extensionSecrets !== undefined && !isListOfTexts(extensionSecrets),
      'extensionSecrets must be an array of at least one JWT secret',
    ],
    [
      missingState !== undefined && !['restart', 'accept', 'reject'].some((known) => known === missingState),
      'missingState must be restart, accept or reject',
    ],
    [
      sessionMs !== undefined && !(typeof sessionMs === 'number' && sessionMs >= 0),
      'sessionMs must be a number of milliseconds, 0 or more',
    ],
    [onConnected !== undefined && typeof onConnected !== 'function', 'onConnected must be a function'],
  ]
  return wrong.filter(([isWrong]) => isWrong).map(([, problem]) => problem)
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && /^\/[^?#\s]*$/.test(value) && !value.startsWith('//')
}

function isListOfTexts(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length > 0 && value.every((text) => typeof text === 'string' && text !== '')
  )
}
