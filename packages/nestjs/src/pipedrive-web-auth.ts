import {
  BadRequestException,
  Inject,
  Injectable,
  type ArgumentsHost,
  type OnModuleInit,
} from '@nestjs/common'
import { DiscoveryService } from '@nestjs/core'
import {
  ConfigurationError,
  PipedriveOAuth,
  type Installation,
  type PipedriveOAuthError,
} from '@pd/oauth-core'
import {
  createNodeAuth,
  type NodeAuth,
  requestHead,
  webRequest,
  type FastifyReplyLike,
  type NodeResponse,
} from '@pd/oauth-node/listener'
import { isMadeOnce } from './clients-of-modules.ts'
import { InstallationIdentifier } from './installation-identifier.ts'
import type { PipedriveContext } from './pipedrive-context.ts'
import type { PipedriveModuleOptions } from './pipedrive-module-options.interface.ts'
import { MODULE_OPTIONS_TOKEN } from './pipedrive-module.definition.ts'
import { contextOf, receivedOf } from './context-of-host.ts'

/** Core's web auth for this Nest application. The middleware, the guard and the exception filter use it. */
@Injectable()
export class PipedriveWebAuth implements OnModuleInit {
  /** The origin of `redirectUri`. Requests get it in place of their `Host`, which a client may choose. */
  readonly origin: string
  #auth: NodeAuth<PipedriveContext> | undefined

  readonly #oauth: PipedriveOAuth
  readonly #options: PipedriveModuleOptions
  readonly #discovery: DiscoveryService

  constructor(
    @Inject(PipedriveOAuth) oauth: PipedriveOAuth,
    @Inject(MODULE_OPTIONS_TOKEN) options: PipedriveModuleOptions,
    @Inject(DiscoveryService) discovery: DiscoveryService,
  ) {
    this.#oauth = oauth
    this.#options = options
    this.#discovery = discovery
    this.origin = new URL(oauth.redirectUri).origin
  }

  /** @throws {ConfigurationError} if there are two identifiers, or one of which there are several instances */
  onModuleInit(): void {
    this.auth()
  }

  /** Returns core's web auth. It is made at the first call, when Nest knows every provider. */
  auth(): NodeAuth<PipedriveContext> {
    this.#auth ??= this.#createAuth()
    return this.#auth
  }

  /**
   * Resolves to the installation that a request belongs to. Undefined: the request is for one of the routes, which are open.
   * @throws {PipedriveOAuthError} as core's `admit()`
   */
  async admit(host: ArgumentsHost, scopes: readonly string[]): Promise<Installation | undefined> {
    const context = contextOf(host)
    const received = receivedOf(context.request)
    const request = webRequest(received, { origin: this.origin })
    if (request === undefined) throw new BadRequestException()
    const auth = this.auth()
    return auth.isRoute(received) ? undefined : auth.admit(request, context, { scopes })
  }

  /**
   * Answers the request with an error. An application may have several modules, one for each app, and Nest asks the filter of
   * any: the module of the error's own app answers. If there is none, the answer leads to no install link.
   */
  async answer(error: PipedriveOAuthError, context: PipedriveContext): Promise<Response> {
    const request = requestHead(receivedOf(context.request), this.origin)
    return (this.#ownerOf(error) ?? this).auth().lastAnswer(error, request, context)
  }

  #ownerOf(error: PipedriveOAuthError): PipedriveWebAuth | undefined {
    if (!this.auth().isForeign(error)) return this
    const all = this.#discovery.getProviders().filter(({ token }) => token === PipedriveWebAuth)
    return all.map(({ instance }): PipedriveWebAuth => instance).find((one) => !one.auth().isForeign(error))
  }

  /** Tells the log of an error that is answered in another way than by HTTP. */
  tellFailure(what: string, error: PipedriveOAuthError): void {
    this.#oauth.refusals.tellFailure(what, error)
  }

  #createAuth(): NodeAuth<PipedriveContext> {
    const { missingState, sessionMs, extensionSecrets, sharingNotices, path, pages } = this.#options
    const { referenceOf, onConnected, onMissing } = this.#options
    const web = { missingState, sessionMs, extensionSecrets, sharingNotices, path, pages }
    const identify = this.#identify()
    return createNodeAuth<PipedriveContext>(
      this.#oauth,
      { ...web, identify, referenceOf, onConnected, onMissing },
      // Only routes read the response, and a route always has one.
      ({ response }) => response as NodeResponse | FastifyReplyLike,
    )
  }

  #identify(): PipedriveModuleOptions['identify'] {
    const found = this.#discovery.getProviders().filter(({ token }) => token === InstallationIdentifier)
    const modules = found.map(({ host }) => host?.name).join(' and ')
    if (found.length > 1)
      throw new ConfigurationError([`InstallationIdentifier must be provided once, not in ${modules}`])
    if (!found.every(isMadeOnce))
      throw new ConfigurationError([
        `InstallationIdentifier, provided in ${modules}, must not be request-scoped or transient`,
      ])
    if (found.length > 0 && this.#options.identify !== undefined)
      throw new ConfigurationError([
        `identify must not be given both as an option and as InstallationIdentifier, in ${modules}`,
      ])
    const identifier: InstallationIdentifier | undefined = found[0]?.instance
    return identifier === undefined
      ? this.#options.identify
      : (request, context) => identifier.identify(request, context)
  }
}
