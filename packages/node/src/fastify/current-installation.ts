import type { Installation } from '@pd/oauth-core'

/** The installation of each request that the guard let pass. */
const installations = new WeakMap<object, Installation>()

export function setCurrentInstallation(request: object, installation: Installation): void {
  installations.set(request, installation)
}

/**
 * Returns the installation that the guard found for a request.
 * @throws {TypeError} if no guard was before
 */
export function currentInstallation(request: object): Installation {
  const installation = installations.get(request)
  if (installation === undefined)
    throw new TypeError(
      'request.installation needs requireInstallation() as a hook of this route, or before.',
    )
  return installation
}
