import { ConfigurationError, PipedriveOAuth, type OAuthEvent, type TokenStore } from '@pd/oauth-core'
import { nestLogger } from './nest-logger.ts'
import { problemsOf, webOptionProblems } from '@pd/oauth-core/adapter'
import type { PipedriveModuleOptions } from './pipedrive-module-options.interface.ts'

/** What a test may override, and who receives the events. */
export interface PipedriveOAuthParts {
  readonly store: TokenStore | undefined
  readonly fetch: typeof globalThis.fetch | undefined
  readonly onEvent: (event: OAuthEvent) => void
}

/**
 * Creates the client that the options of the module describe.
 * @throws {ConfigurationError} `invalid_configuration`, which names every problem of client and module at once
 */
export function createPipedriveOAuth(
  options: PipedriveModuleOptions,
  { store, fetch, onEvent }: PipedriveOAuthParts,
): PipedriveOAuth {
  const { routes, path, extensionSecrets, missingState, sessionMs, sharingNotices, pages, ...others } =
    options ?? {}
  const { identify, referenceOf, onConnected, onMissing, ...client } = others
  const web = { path, extensionSecrets, missingState, sessionMs, sharingNotices, pages }
  const problems = [
    ...problemsOf([routes !== undefined && typeof routes !== 'boolean', 'routes must be true or false']),
    ...webOptionProblems({ ...web, identify, referenceOf, onConnected, onMissing }),
  ]
  const own = client.onEvent
  const both = (event: OAuthEvent) => {
    onEvent(event)
    return own?.(event)
  }
  try {
    const oauth = new PipedriveOAuth({
      ...client,
      logger: client.logger ?? nestLogger(),
      store,
      fetch,
      onEvent: own === undefined || typeof own === 'function' ? both : own,
    })
    if (problems.length === 0) return oauth
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    throw new ConfigurationError([...error.problems, ...problems])
  }
  throw new ConfigurationError(problems)
}
