import type { InstallationId } from '@pd/oauth-core'
import type { PipedriveContext } from './pipedrive-context.ts'

/**
 * Tells which installation a request belongs to, for the guard and for a disconnect. Provide a class of your own under this
 * token, in any module: it can inject what it needs, and replaces the session cookie and the signed `?token` of extension
 * pages. `identify` in the options of the module does the same without injection.
 *
 * `context` has the request of the platform: Express's, or Fastify's. Undefined means that nobody is known.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common'
 * import { InstallationIdentifier } from '@pd/oauth-nestjs'
 *
 * @Injectable()
 * export class BySignedHeader extends InstallationIdentifier {
 *   identify(request: Request) {
 *     return request.headers.get('x-user') === 'ada' ? ('1001:11' as const) : undefined
 *   }
 * }
 * // In a module: providers: [{ provide: InstallationIdentifier, useClass: BySignedHeader }]
 * ```
 */
export abstract class InstallationIdentifier {
  abstract identify(
    request: Request,
    context: PipedriveContext,
  ): Promise<InstallationId | undefined> | InstallationId | undefined
}
