import type { InstallationId } from '@pd/oauth-core'

/**
 * Says whose installation a request is about. Provide a class of your own under this token, in any module, and it takes
 * the place of the session cookie and the signed `?token` of extension pages.
 *
 * It is given the request of the platform: Express's, or Fastify's; for a disconnect, on both, Node's own request. Undefined:
 * nobody is known.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common'
 * import { InstallationIdentifier } from '@pd/oauth-nestjs'
 * import type { IncomingMessage } from 'node:http'
 *
 * @Injectable()
 * export class BySignedHeader extends InstallationIdentifier {
 *   identify(request: IncomingMessage) {
 *     return request.headers['x-user'] === 'ada' ? ('1001:11' as const) : undefined
 *   }
 * }
 * // In a module: providers: [{ provide: InstallationIdentifier, useClass: BySignedHeader }]
 * ```
 */
export abstract class InstallationIdentifier {
  abstract identify(request: unknown): Promise<InstallationId | undefined> | InstallationId | undefined
}
