import { SetMetadata } from '@nestjs/common'

export const REQUIRED_SCOPES = 'pd-oauth:required-scopes'

/**
 * Makes `InstallationGuard` require these scopes for a handler or a controller; those of both count. If the user has not
 * granted one, a page leads to the consent page, and other requests get 403 with `scopes_missing`.
 *
 * @example
 * ```ts
 * import { Controller, Post, UseGuards } from '@nestjs/common'
 * import type { Installation } from '@pd/oauth-core'
 * import { CurrentInstallation, InstallationGuard, RequireScopes } from '@pd/oauth-nestjs'
 *
 * @Controller('deals')
 * @UseGuards(InstallationGuard)
 * export class DealsController {
 *   @Post()
 *   @RequireScopes('deals:full')
 *   create(@CurrentInstallation() installation: Installation) {
 *     return installation.api('/api/v2/deals', { method: 'POST', body: { title: 'New deal' } })
 *   }
 * }
 * ```
 */
export const RequireScopes = (...scopes: readonly string[]): ClassDecorator & MethodDecorator =>
  SetMetadata(REQUIRED_SCOPES, scopes)
