import {
  InvalidArgumentError,
  type Installation,
  type InstallationId,
  type PipedriveOAuth,
} from '@pd/oauth-core'

/** How many ids an error message lists at most. */
const namedIds = 5

/**
 * Returns the installation with this id or, without an id, the only one whose grant lasts: somebody else may have logged in since
 * another ended. If no grant lasts, returns one whose grant has ended. Returns undefined if none is stored.
 * @throws {InvalidArgumentError} if no id is given and the grants of several last
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
  let ended: InstallationId | undefined
  for await (const { id, status } of oauth.installations())
    if (status === 'reauthorization_required') ended ??= id
    else if (ids.push(id) > namedIds) break
  if (ids.length > 1)
    throw new InvalidArgumentError('connect()', [
      `several installations are stored (${ids.slice(0, namedIds).join(', ')}${ids.length > namedIds ? ', …' : ''}): name one as installation`,
    ])
  const [only = ended] = ids
  return only && oauth.installation(only)
}
