import {
  InvalidArgumentError,
  type Installation,
  type InstallationId,
  type PipedriveOAuth,
} from '@pd/oauth-core'

/** How many ids an error message lists at most. */
const namedIds = 5

/**
 * Returns the installation with this id or, without an id, the only one that is stored. Returns undefined if none is stored.
 * @throws {InvalidArgumentError} if no id is given and several are stored
 */
export async function storedInstallation(
  oauth: PipedriveOAuth,
  id: InstallationId | undefined,
): Promise<Installation | undefined> {
  if (id !== undefined) {
    const installation = oauth.installation(id)
    return (await installation.describe()) && installation
  }
  const ids: InstallationId[] = []
  for await (const { id } of oauth.installations()) if (ids.push(id) > namedIds) break
  if (ids.length > 1)
    throw new InvalidArgumentError('connect()', [
      `several installations are stored (${ids.slice(0, namedIds).join(', ')}${ids.length > namedIds ? ', …' : ''}): name one as installation`,
    ])
  return ids[0] && oauth.installation(ids[0])
}
