import type { CanActivate, ExecutionContext } from '@nestjs/common'
import type { Installation } from '@pd/oauth-core'
import { contextOf } from '../context-of-host.ts'
import { setCurrentInstallation } from '../current-installation.decorator.ts'

/**
 * Returns a guard that lets every request pass as this installation: `overrideGuard(InstallationGuard).useValue(guardAs(…))`.
 * It asks for no session and no scopes.
 */
export function guardAs(installation: Installation): CanActivate {
  return {
    canActivate(context: ExecutionContext): boolean {
      setCurrentInstallation(contextOf(context).request, installation)
      return true
    },
  }
}
