import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common'
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core'
import { ConfigurationError, type OAuthEvent } from '@pd/oauth-core'
import { ON_PIPEDRIVE_EVENT, type PipedriveEventType } from './on-pipedrive-event.decorator.ts'

interface Handler {
  /** Empty: all types. */
  readonly types: readonly PipedriveEventType[]
  readonly name: string
  readonly handle: (event: OAuthEvent) => unknown
}

type InstanceWrapper = ReturnType<DiscoveryService['getProviders']>[number]

/** Calls the methods that are decorated with `@OnPipedriveEvent()`. */
@Injectable()
export class PipedriveEvents implements OnModuleInit, OnApplicationBootstrap {
  readonly #logger = new Logger('PipedriveModule')
  readonly #running = new Set<Promise<void>>()
  /** Events from before the application was ready; undefined afterwards. */
  #early: OAuthEvent[] | undefined = []
  #handlers: readonly Handler[] = []

  readonly #discovery: DiscoveryService
  readonly #scanner: MetadataScanner
  readonly #reflector: Reflector

  constructor(
    @Inject(DiscoveryService) discovery: DiscoveryService,
    @Inject(MetadataScanner) scanner: MetadataScanner,
    @Inject(Reflector) reflector: Reflector,
  ) {
    this.#discovery = discovery
    this.#scanner = scanner
    this.#reflector = reflector
  }

  /** @throws {ConfigurationError} if a handler is in a request-scoped provider: an event belongs to no request */
  onModuleInit(): void {
    const wrappers = [...this.#discovery.getProviders(), ...this.#discovery.getControllers()]
    this.#handlers = wrappers.flatMap((wrapper) => this.#handlersOf(wrapper))
  }

  /** Publishes the early events only now, when everything that a handler needs is initialized. */
  onApplicationBootstrap(): void {
    const early = this.#early ?? []
    this.#early = undefined
    for (const event of early) this.publish(event)
  }

  publish(event: OAuthEvent): void {
    if (this.#early !== undefined) return void this.#early.push(event)
    for (const handler of this.#handlers)
      if (handler.types.length === 0 || handler.types.includes(event.type)) this.#run(handler, event)
  }

  /** Resolves when no handler is running. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  #run(handler: Handler, event: OAuthEvent): void {
    const running = this.#called(handler, event).finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  async #called({ handle, name }: Handler, event: OAuthEvent): Promise<void> {
    try {
      await handle(event)
    } catch (error) {
      const whose = 'installationId' in event ? ` of ${event.installationId}` : ''
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.#logger.error(`${name} failed on the event ${event.type}${whose}`, why)
    }
  }

  #handlersOf(wrapper: InstanceWrapper): Handler[] {
    const { instance, metatype } = wrapper
    const prototype: unknown = typeof metatype === 'function' ? metatype.prototype : undefined
    const scanned: unknown = wrapper.isDependencyTreeStatic()
      ? Object.getPrototypeOf(instance ?? {})
      : prototype
    return this.#methodsOf(scanned).map(({ method, types, name }) => {
      if (!wrapper.isDependencyTreeStatic())
        throw new ConfigurationError([
          `${name} has @OnPipedriveEvent(), so its class must not be request-scoped: an event belongs to no request`,
        ])
      return { types, name, handle: (event) => Reflect.apply(method, instance, [event]) }
    })
  }

  #methodsOf(prototype: unknown) {
    if (typeof prototype !== 'object' || prototype === null) return []
    return this.#scanner.getAllMethodNames(prototype).flatMap((key) => {
      const method: unknown = Reflect.get(prototype, key)
      if (typeof method !== 'function') return []
      const types = this.#reflector.get<readonly PipedriveEventType[] | undefined>(ON_PIPEDRIVE_EVENT, method)
      const name = `${prototype.constructor.name}.${key}`
      return types === undefined ? [] : [{ method, types, name }]
    })
  }
}
