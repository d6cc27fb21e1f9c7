import type { PipedriveOAuth } from '@pd/oauth-core'

type Client = PipedriveOAuth | Promise<PipedriveOAuth>

/** Next loads a module several times: for pages, for route handlers, and in development after each change. */
const place = Symbol.for('@pd/oauth-next/clients')
const shared: typeof globalThis & { [place]?: Map<string, Client> } = globalThis
const clients = (shared[place] ??= new Map())

/**
 * Returns a function that makes the client when it is first called, and returns the same client from then on, in every page
 * and route handler of the process. `next build` calls it for no page that asks for the installation, so environment
 * variables are read only when the server runs. If making the client fails, the next call tries again.
 *
 * @param name tells several clients of one process apart. A client that is made under this name is kept until the process
 * ends; changed options need a restart, also in development.
 * @example
 * ```ts
 * import { PipedriveOAuth } from '@pd/oauth-core'
 * import { oncePerProcess, pipedriveAuth } from '@pd/oauth-next'
 *
 * const oauth = oncePerProcess(
 *   'pipedrive',
 *   () =>
 *     new PipedriveOAuth({
 *       clientId: process.env['PIPEDRIVE_CLIENT_ID'] ?? '',
 *       clientSecret: process.env['PIPEDRIVE_CLIENT_SECRET'] ?? '',
 *       redirectUri: 'https://app.example.com/pipedrive/callback',
 *       secrets: (process.env['PD_OAUTH_SECRETS'] ?? '').split(','),
 *     }),
 * )
 * export const { routes, requireInstallation, installation } = pipedriveAuth(oauth)
 * ```
 */
export function oncePerProcess<Made extends PipedriveOAuth | Promise<PipedriveOAuth>>(
  name: string,
  make: () => Made,
): () => Made {
  return () => {
    const known = clients.get(name)
    if (known !== undefined) return known as Made
    const made = make()
    clients.set(name, made)
    if (made instanceof Promise)
      made.catch(() => {
        if (clients.get(name) === made) clients.delete(name)
      })
    return made
  }
}
