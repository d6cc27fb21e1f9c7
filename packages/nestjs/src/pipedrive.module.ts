import { Inject, Logger, Module, type NestModule, type OnApplicationShutdown } from '@nestjs/common'
import { APP_FILTER, DiscoveryModule, HttpAdapterHost } from '@nestjs/core'
import { PipedriveOAuth, type TokenStore } from '@pd/oauth-core'
import { createPipedriveOAuth } from './create-pipedrive-oauth.ts'
import { PipedriveEvents } from './pipedrive-events.ts'
import { PipedriveExceptionFilter } from './pipedrive-exception.filter.ts'
import { PipedriveKeepAlive } from './pipedrive-keep-alive.ts'
import type { PipedriveModuleOptions } from './pipedrive-module-options.interface.ts'
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './pipedrive-module.definition.ts'
import { PipedriveRequests } from './pipedrive-requests.ts'
import { PipedriveRoutes } from './pipedrive-routes.ts'
import { PIPEDRIVE_FETCH, PIPEDRIVE_STORE } from './pipedrive.constants.ts'
import { PipedriveHealthIndicator } from './pipedrive.health.ts'

/**
 * Pipedrive OAuth for an application: the client as `PipedriveOAuth`, the routes of the web flow, the guard, the filter.
 *
 * @throws {ConfigurationError} at bootstrap, naming every wrong option
 * @example
 * ```ts
 * import { Module } from '@nestjs/common'
 * import { PipedriveModule } from '@pd/oauth-nestjs'
 *
 * @Module({
 *   imports: [
 *     PipedriveModule.forRoot({
 *       isGlobal: true,
 *       clientId: 'from the Developer Hub',
 *       clientSecret: 'from the Developer Hub',
 *       redirectUri: 'https://app.example.com/pipedrive/callback',
 *       secrets: ['at least 32 random characters, kept outside the code'],
 *     }),
 *   ],
 * })
 * export class AppModule {}
 * ```
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    {
      provide: PIPEDRIVE_STORE,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: (options?: PipedriveModuleOptions) => options?.store,
    },
    {
      provide: PIPEDRIVE_FETCH,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: (options?: PipedriveModuleOptions) => options?.fetch,
    },
    {
      provide: PipedriveOAuth,
      inject: [MODULE_OPTIONS_TOKEN, PIPEDRIVE_STORE, PIPEDRIVE_FETCH, PipedriveEvents],
      useFactory: (
        options: PipedriveModuleOptions,
        store: TokenStore | undefined,
        fetch: typeof globalThis.fetch | undefined,
        events: PipedriveEvents,
      ) => createPipedriveOAuth(options, { store, fetch, onEvent: (event) => events.publish(event) }),
    },
    { provide: APP_FILTER, useClass: PipedriveExceptionFilter },
    PipedriveEvents,
    PipedriveHealthIndicator,
    PipedriveKeepAlive,
    PipedriveRequests,
    PipedriveRoutes,
  ],
  exports: [PipedriveOAuth, PipedriveHealthIndicator, PipedriveKeepAlive, PipedriveRequests],
})
export class PipedriveModule extends ConfigurableModuleClass implements NestModule, OnApplicationShutdown {
  constructor(
    @Inject(PipedriveOAuth) private readonly oauth: PipedriveOAuth,
    @Inject(PipedriveEvents) private readonly events: PipedriveEvents,
    @Inject(PipedriveRoutes) private readonly routes: PipedriveRoutes,
    @Inject(MODULE_OPTIONS_TOKEN) private readonly options: PipedriveModuleOptions,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
  ) {
    super()
  }

  /** Called by applications that serve HTTP: after the body parsers, before every route and whatever stands around those. */
  configure(): void {
    if (this.options.routes === false) return
    this.routes.serveOn(this.adapterHost.httpAdapter)
    new Logger(PipedriveModule.name).log(`Routes: ${[...this.routes.paths.keys()].join(', ')}`)
  }

  /** Lets refreshes in flight finish and be saved, and the handlers of events end. */
  async onApplicationShutdown(): Promise<void> {
    await this.oauth.settled()
    await this.events.settled()
    await this.oauth.settled() // a handler may have begun another refresh
  }
}
