import { SetMetadata } from '@nestjs/common'
import { ConfigurationError, type OAuthEvent, type PipedriveOAuth } from '@pd/oauth-core'

export const ON_PIPEDRIVE_EVENT = 'pd-oauth:on-event'

export type PipedriveEventType = OAuthEvent['type']

/** The event of one of these types, as a handler receives it. */
export type PipedriveEvent<Type extends PipedriveEventType = PipedriveEventType> = Extract<
  OAuthEvent,
  { readonly type: Type }
>

/** Which events a handler hears. */
export interface EventSubscription {
  /** Empty: all types. */
  readonly types: readonly PipedriveEventType[]
  /** Undefined: the app whose client the handler's module could inject. */
  readonly clientIds: readonly string[] | undefined
}

/** Whose events a handler hears, if the application has the modules of several apps. */
export interface PipedriveEventOptions {
  /** The client ids of these apps. Default: the app whose `PipedriveModule` the handler's own module imports. */
  readonly clientIds?: readonly string[] | undefined
}

/** Decorates a method that can handle the events of these types. `oauth`: the client that they come from. */
type Handles<Type extends PipedriveEventType> = <
  Method extends (event: PipedriveEvent<Type>, oauth: PipedriveOAuth) => unknown,
>(
  target: object,
  name: string,
  descriptor: TypedPropertyDescriptor<Method>,
) => void

/**
 * Calls a method of a provider or controller for every event of these types; without a type, for every event. The method may
 * be asynchronous; an error that it throws is logged with Nest's `Logger`. It is called once per event, in the process where
 * the event happened, and never again: put work that must not be missed into a queue.
 *
 * If the application has modules of several apps, a handler hears the app whose client its own class could inject. If that is
 * none or several, name `clientIds`, before the types: else the application does not start. The second argument of the method is
 * the client that the event comes from.
 *
 * @throws {ConfigurationError} when the class is defined, if the method is static or named by a symbol: Nest would never find it
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common'
 * import { OnPipedriveEvent, type PipedriveEvent } from '@pd/oauth-nestjs'
 *
 * @Injectable()
 * export class Customers {
 *   @OnPipedriveEvent('uninstalled')
 *   async leave({ installationId }: PipedriveEvent<'uninstalled'>) {
 *     console.log(`${installationId} has left`)
 *   }
 * }
 * ```
 */
export function OnPipedriveEvent<Type extends PipedriveEventType = PipedriveEventType>(
  ...types: readonly Type[]
): Handles<Type>
export function OnPipedriveEvent<Type extends PipedriveEventType = PipedriveEventType>(
  options: PipedriveEventOptions,
  ...types: readonly Type[]
): Handles<Type>
export function OnPipedriveEvent(
  ...given: readonly (PipedriveEventOptions | PipedriveEventType)[]
): MethodDecorator {
  const types = given.filter((each) => typeof each === 'string')
  const options = given.find((each) => typeof each !== 'string')
  const clientIds = options?.clientIds?.map((id) => id.trim())
  const mark = SetMetadata(ON_PIPEDRIVE_EVENT, { types, clientIds } satisfies EventSubscription)
  return (target, name, descriptor) => {
    if (typeof target === 'function' || typeof name === 'symbol')
      throw new ConfigurationError([
        `@OnPipedriveEvent() must not be on ${String(name)}: Nest finds only methods of instances that have a text as their name`,
      ])
    mark(target, name, descriptor)
  }
}
