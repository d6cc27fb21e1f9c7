import { createParamDecorator, type ExecutionContext } from '@nestjs/common'
import type { Installation } from '@pd/oauth-core'
import { contextOf } from './context-of-host.ts'

/** The installation of each request that the guard let pass. A parameter decorator sees nothing but the request. */
const installations = new WeakMap<object, Installation>()

export function setCurrentInstallation(request: object, installation: Installation): void {
  installations.set(request, installation)
}

/**
 * Injects the installation that `InstallationGuard` found, into a parameter of a controller or a GraphQL resolver. It had a
 * valid access token when the guard let the request pass.
 *
 * @throws {TypeError} if the handler is reached without the guard
 * @example
 * ```ts
 * import { Controller, Get, UseGuards } from '@nestjs/common'
 * import type { Installation } from '@pd/oauth-core'
 * import { CurrentInstallation, InstallationGuard } from '@pd/oauth-nestjs'
 *
 * @Controller('deals')
 * @UseGuards(InstallationGuard)
 * export class DealsController {
 *   @Get()
 *   findAll(@CurrentInstallation() installation: Installation) {
 *     return installation.api('/api/v2/deals')
 *   }
 * }
 * ```
 */
export const CurrentInstallation: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext): Installation => {
    const installation = installations.get(contextOf(context).request)
    if (installation === undefined)
      throw new TypeError(
        `@CurrentInstallation() in ${context.getClass().name}.${context.getHandler().name} needs InstallationGuard ` +
          'before it, and no @SkipInstallation().',
      )
    return installation
  },
)
