import { Inject, Logger, Module, type NestModule, type OnApplicationShutdown } from '@nestjs/common'
import { APP_FILTER, DiscoveryModule, HttpAdapterHost } from '@nestjs/core'
import { PipedriveOAuth, type TokenStore } from '@pd/oauth-core'
import { createPipedriveOAuth } from './create-pipedrive-oauth.ts'
import { PipedriveEvents } from './pipedrive-events.ts'
import { PipedriveExceptionFilter } from './pipedrive-exception.filter.ts'
import { PipedriveKeepAlive } from './pipedrive-keep-alive.ts'
import type { PipedriveModuleOptions } from './pipedrive-module-options.interface.ts'
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './pipedrive-module.definition.ts'
import { PipedriveRoutes } from './pipedrive-routes.ts'
import { PipedriveWebAuth } from './pipedrive-web-auth.ts'
import { PIPEDRIVE_FETCH, PIPEDRIVE_STORE } from './pipedrive.constants.ts'
import { PipedriveHealthIndicator } from './pipedrive.health.ts'

/**
 * Pipedrive OAuth for an application: provides the client as `PipedriveOAuth`, serves the routes of the web flow, and answers
 * errors. It also provides what guard, events, keep-alive and health need.
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
 *       secrets: (process.env['PD_OAUTH_SECRETS'] ?? '').split(','),
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
    PipedriveRoutes,
    PipedriveWebAuth,
  ],
  exports: [PipedriveOAuth, PipedriveHealthIndicator, PipedriveKeepAlive, PipedriveWebAuth],
})
export class PipedriveModule extends ConfigurableModuleClass implements NestModule, OnApplicationShutdown {
  readonly #oauth: PipedriveOAuth
  readonly #events: PipedriveEvents
  readonly #routes: PipedriveRoutes
  readonly #options: PipedriveModuleOptions
  readonly #adapterHost: HttpAdapterHost

  constructor(
    @Inject(PipedriveOAuth) oauth: PipedriveOAuth,
    @Inject(PipedriveEvents) events: PipedriveEvents,
    @Inject(PipedriveRoutes) routes: PipedriveRoutes,
    @Inject(MODULE_OPTIONS_TOKEN) options: PipedriveModuleOptions,
    @Inject(HttpAdapterHost) adapterHost: HttpAdapterHost,
  ) {
    super()
    this.#oauth = oauth
    this.#events = events
    this.#routes = routes
    this.#options = options
    this.#adapterHost = adapterHost
  }

  /** Nest calls it in applications that serve HTTP: after the body parsers, before every handler with its guards and pipes. */
  configure(): void {
    if (this.#options.routes === false) return
    this.#routes.serveOn(this.#adapterHost.httpAdapter)
    new Logger(PipedriveModule.name).log(`Routes: ${this.#routes.paths.join(', ')}`)
  }

  /** Waits until refreshes in flight are saved and the handlers of events have ended. */
  async onApplicationShutdown(): Promise<void> {
    await this.#oauth.settled()
    await this.#events.settled()
    await this.#oauth.settled() // a handler may have begun another refresh
  }
}
