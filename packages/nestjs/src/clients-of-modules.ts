import type { DiscoveryService } from '@nestjs/core'
import { PipedriveOAuth } from '@pd/oauth-core'

export type InstanceWrapper = ReturnType<DiscoveryService['getProviders']>[number]
type Module = NonNullable<InstanceWrapper['host']>

/** Returns whether a provider has one instance, which lives as long as the application. */
export function isMadeOnce(wrapper: InstanceWrapper): boolean {
  return wrapper.isDependencyTreeStatic() && !wrapper.isTransient
}

/** Returns the client that a module provides itself. */
export function clientOf(module: Module | undefined): PipedriveOAuth | undefined {
  return module?.providers.get(PipedriveOAuth)?.instance as PipedriveOAuth | undefined
}

/**
 * Returns the clients that a provider of this module could inject: as Nest looks for them, those of its own module, else of what
 * that imports, else of the global modules.
 */
export function clientsInReach(module: Module | undefined): readonly PipedriveOAuth[] {
  if (module === undefined) return []
  const own = clientOf(module)
  if (own !== undefined) return [own]
  const imports = [...module.imports].filter((each) => each !== undefined)
  const seen = new Set<Module>([module])
  const near = imports.filter((each) => !each.isGlobal).flatMap((each) => exportedBy(each, seen))
  return near.length > 0 ? near : imports.flatMap((each) => exportedBy(each, seen))
}

function exportedBy(module: Module, seen: Set<Module>): readonly PipedriveOAuth[] {
  if (seen.has(module)) return []
  seen.add(module)
  const own = clientOf(module)
  if (own !== undefined) return module.exports.has(PipedriveOAuth) ? [own] : []
  const passedOn = [...module.imports].filter(
    (each) => each !== undefined && module.exports.has(each.metatype),
  )
  return passedOn.flatMap((each) => exportedBy(each, seen))
}

/** Returns one client of each app. */
export function onePerApp(clients: readonly PipedriveOAuth[]): readonly PipedriveOAuth[] {
  return clients.filter((client, index) => clients.findIndex((other) => isSameApp(client, other)) === index)
}

export function isSameApp(one: PipedriveOAuth, other: PipedriveOAuth): boolean {
  return one.clientId === other.clientId && one.redirectUri === other.redirectUri
}
