import { CliError } from './cli-error.ts'
import { ExitCode } from './exit-code.ts'

/** The variables that name a proxy, as in curl. Of two spellings the one in lower case counts. */
const proxyVariables = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'] as const

/** Returns the variables that name a proxy and are set. */
export function proxyVariablesIn(environment: NodeJS.ProcessEnv): string[] {
  return proxyVariables.filter((name) => environment[name])
}

/**
 * Sends every `fetch` of this process through the proxy that HTTPS_PROXY and HTTP_PROXY name, except to the hosts in NO_PROXY.
 * Not every Node that this program runs on does so by itself.
 * @throws {CliError} if a variable names no proxy; the message does not repeat it, because it may hold a password
 */
export async function useProxy(environment: NodeJS.ProcessEnv): Promise<void> {
  const named = proxyVariablesIn(environment)
  if (named.length === 0) return
  const wrong = named.filter((name) => !isProxy(environment[name] ?? ''))
  if (wrong.length > 0)
    throw new CliError(
      ExitCode.configuration,
      `${wrong.join(' and ')} must be the address of an HTTP proxy, such as http://proxy.example:3128`,
    )
  // Most users have no proxy, and need not wait until this is loaded.
  const { EnvHttpProxyAgent, setGlobalDispatcher } = await import('undici')
  setGlobalDispatcher(new EnvHttpProxyAgent())
}

function isProxy(value: string): boolean {
  const protocol = URL.parse(value)?.protocol
  return protocol === 'http:' || protocol === 'https:'
}
