import { SetMetadata } from '@nestjs/common'
import type { OAuthEvent } from '@pd/oauth-core'

export const ON_PIPEDRIVE_EVENT = 'pd-oauth:on-event'

export type PipedriveEventType = OAuthEvent['type']

/** The event of one of these types, as a handler receives it. */
export type PipedriveEvent<Type extends PipedriveEventType = PipedriveEventType> = Extract<
  OAuthEvent,
  { readonly type: Type }
>

/** Decorates a method that can handle the events of these types. */
type Handles<Type extends PipedriveEventType> = <Method extends (event: PipedriveEvent<Type>) => unknown>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void

/**
 * Calls a method of a provider or controller for every event of these types; without a type, for every event. The method may
 * be asynchronous; an error that it throws is logged with Nest's `Logger`. It is called once per event, in the process where
 * the event happened, and never again: put work that must not be missed into a queue.
 *
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
): Handles<Type> {
  return SetMetadata(ON_PIPEDRIVE_EVENT, types)
}
