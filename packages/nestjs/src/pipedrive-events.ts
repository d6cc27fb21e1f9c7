import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common'
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core'
import { ConfigurationError, type OAuthEvent, type PipedriveOAuth } from '@pd/oauth-core'
import {
  clientOf,
  clientsInReach,
  isMadeOnce,
  isSameApp,
  onePerApp,
  type InstanceWrapper,
} from './clients-of-modules.ts'
import { ON_PIPEDRIVE_EVENT, type EventSubscription } from './on-pipedrive-event.decorator.ts'

interface Handler extends EventSubscription {
  readonly name: string
  readonly wrapper: InstanceWrapper
  readonly handle: (event: OAuthEvent, oauth: PipedriveOAuth | undefined) => unknown
}

/** Calls the methods that are decorated with `@OnPipedriveEvent()`. */
@Injectable()
export class PipedriveEvents implements OnModuleInit, OnApplicationBootstrap {
  readonly #logger = new Logger('PipedriveModule')
  readonly #running = new Set<Promise<void>>()
  /** Events from before the application was ready; undefined afterwards. */
  #early: OAuthEvent[] | undefined = []
  #handlers: readonly Handler[] = []
  /** The client of this module. */
  #oauth: PipedriveOAuth | undefined

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

  /**
   * @throws {ConfigurationError} if a handler is in a provider that is made for each request, or each that injects it; if it
   * cannot be told which app a handler is for
   */
  onModuleInit(): void {
    const providers = this.#discovery.getProviders()
    const modules = providers.filter(({ token }) => token === PipedriveEvents)
    this.#oauth = clientOf(modules.find(({ instance }) => instance === this)?.host)
    const apps = onePerApp(modules.flatMap(({ host }) => clientOf(host) ?? []))
    // An alias belongs to no app of its own: its provider is among them.
    const handlers = [...providers, ...this.#discovery.getControllers()]
      .filter(({ isAlias }) => !isAlias)
      .flatMap((wrapper) => this.#handlersOf(wrapper))
    const problems = handlers.flatMap((handler) => problemOf(handler, apps) ?? [])
    if (problems.length > 0) throw new ConfigurationError(problems)
    this.#handlers = onePerMethod(handlers.filter((handler) => this.#isFor(handler, apps)))
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
      await handle(event, this.#oauth)
    } catch (error) {
      const whose = 'installationId' in event ? ` of ${event.installationId}` : ''
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.#logger.error(`${name} failed on the event ${event.type}${whose}`, why)
    }
  }

  #isFor({ clientIds, wrapper }: Handler, apps: readonly PipedriveOAuth[]): boolean {
    const own = this.#oauth
    if (own === undefined) return true
    if (clientIds !== undefined) return clientIds.includes(own.clientId)
    return apps.length === 1 || clientsInReach(wrapper.host).some((client) => isSameApp(client, own))
  }

  #handlersOf(wrapper: InstanceWrapper): Handler[] {
    // What is made several times has an instance, too, which Nest never constructs.
    const { instance } = wrapper
    return this.#methodsOf(Object.getPrototypeOf(instance ?? {})).map(
      ({ method, subscription: { types, clientIds }, name }) => {
        if (!isMadeOnce(wrapper))
          throw new ConfigurationError([
            `${name} has @OnPipedriveEvent(), so its class must not be request-scoped or transient: an event belongs to no request`,
          ])
        const handle: Handler['handle'] = (...told) => Reflect.apply(method, instance, told)
        return { types, clientIds, name, wrapper, handle }
      },
    )
  }

  #methodsOf(prototype: unknown) {
    if (typeof prototype !== 'object' || prototype === null) return []
    return this.#scanner.getAllMethodNames(prototype).flatMap((key) => {
      const method: unknown = Reflect.get(prototype, key)
      if (typeof method !== 'function') return []
      const subscription = this.#reflector.get<EventSubscription | undefined>(ON_PIPEDRIVE_EVENT, method)
      const name = `${prototype.constructor.name}.${key}`
      return subscription === undefined ? [] : [{ method, subscription, name }]
    })
  }
}

/** Leaves out what is found again under another token, as a factory may return what it injects. */
function onePerMethod(handlers: readonly Handler[]): readonly Handler[] {
  return handlers.filter(
    ({ name, wrapper: { instance } }, index) =>
      handlers.findIndex((other) => other.name === name && other.wrapper.instance === instance) === index,
  )
}

function problemOf({ clientIds, name, wrapper }: Handler, apps: readonly PipedriveOAuth[]) {
  const all = apps.map(({ clientId }) => clientId)
  if (clientIds !== undefined) {
    const isKnown = clientIds.length > 0 && clientIds.every((id) => all.includes(id))
    return isKnown ? undefined : `clientIds of ${name} must be among those of the modules: ${all.join(', ')}`
  }
  if (apps.length <= 1) return undefined
  const near = onePerApp(clientsInReach(wrapper.host)).length
  return near === 1
    ? undefined
    : `${name} has @OnPipedriveEvent(), and its module ${wrapper.host?.name} imports ${near === 0 ? 'none' : 'several'} of the apps ` +
        `${all.join(', ')}: import the PipedriveModule of one there, or name clientIds`
}
