import { commandsOver } from '../redis-commands.ts'
import type { RedisConnection } from '../redis-connection.ts'

/** A `Redis` of @upstash/redis, which sends each command over HTTP. */
export interface UpstashClient {
  exec(args: [command: string, ...args: string[]]): Promise<unknown>
}

/** Returns whether an object is a `Redis` of @upstash/redis. */
export function isUpstash(client: Partial<Record<string, unknown>>): boolean {
  return typeof client['exec'] === 'function' && typeof client['createScript'] === 'function'
}

export function upstashConnection(client: UpstashClient): RedisConnection {
  return {
    commands: commandsOver((_, command, ...args) => client.exec([command, ...args])),
    isCluster: false,
  }
}
