import type { Installation } from '@pd/oauth-core'

/** The installation of each request that the guard let pass. */
const installations = new WeakMap<object, Installation>()

export function setCurrentInstallation(request: object, installation: Installation): void {
  installations.set(request, installation)
}

/** Reads `request.installation`. */
export function currentInstallation(this: object): Installation {
  const installation = installations.get(this)
  if (installation === undefined)
    throw new TypeError(
      'request.installation needs requireInstallation() as a hook of this route, or before.',
    )
  return installation
}
