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
  identifyRequest,
  installationFor,
  PipedriveOAuth,
  type InstallationId,
} from '@pd/oauth-core'
import { webRequest } from '@pd/oauth-node/listener'
import { setCurrentInstallation } from './current-installation.decorator.ts'
import { InstallationIdentifier } from './installation-identifier.ts'
import type { PipedriveModuleOptions } from './pipedrive-module-options.interface.ts'
import { MODULE_OPTIONS_TOKEN } from './pipedrive-module.definition.ts'
import { receivedOf, requestOf } from './request-of-context.ts'

/** Knows whose installation a request is about, by the application's own identifier if it has one. */
@Injectable()
export class PipedriveRequests implements OnModuleInit {
  #identifier: InstallationIdentifier | undefined

  constructor(
    @Inject(PipedriveOAuth) private readonly oauth: PipedriveOAuth,
    @Inject(MODULE_OPTIONS_TOKEN) private readonly options: PipedriveModuleOptions,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
  ) {}

  /** @throws {ConfigurationError} for two identifiers, or one that is made anew for each request */
  onModuleInit(): void {
    const found = this.discovery.getProviders().filter(({ token }) => token === InstallationIdentifier)
    const modules = found.map(({ host }) => host?.name).join(' and ')
    if (found.length > 1)
      throw new ConfigurationError([`InstallationIdentifier must be provided once, not in ${modules}`])
    if (found.some((wrapper) => !wrapper.isDependencyTreeStatic()))
      throw new ConfigurationError([
        `InstallationIdentifier, provided in ${modules}, must not be request-scoped`,
      ])
    this.#identifier = found[0]?.instance
  }

  /** Whose installation a request is about: by what the platform received, or by what core reads in it. */
  async identify(received: unknown, request: Request): Promise<InstallationId | undefined> {
    if (this.#identifier !== undefined) return this.#identifier.identify(received)
    const { extensionSecrets } = this.options
    return identifyRequest(this.oauth, request, extensionSecrets && { extensionSecrets })
  }

  /**
   * Puts the installation of a request, with a valid token at hand, where `@CurrentInstallation()` finds it.
   * @throws as core's `installationFor`
   */
  async admit(host: ArgumentsHost): Promise<void> {
    const received = requestOf(host)
    const request = webRequest(receivedOf(received), { origin: new URL(this.oauth.redirectUri).origin })
    if (request === undefined) throw new BadRequestException()
    const installation = await installationFor(this.oauth, request, {
      identify: (request) => this.identify(received, request),
    })
    setCurrentInstallation(received, installation)
  }
}
