import { openClusterLine, type LineCluster } from '../cluster-line.ts'
import { openLine, type LineNode } from '../line.ts'
import { commandsOver } from '../redis-commands.ts'
import type { RedisConnection, Subscriptions } from '../redis-connection.ts'

interface Emitter {
  on(event: string, listener: (reason?: unknown) => void): unknown
  off(event: string, listener: (reason?: unknown) => void): unknown
}

/** What `createClient()` of node-redis 5 or 6 returns. */
export interface NodeRedisClient extends Emitter {
  readonly isOpen: boolean
  readonly options?: object | undefined
  sendCommand(args: string[]): Promise<unknown>
  duplicate(overrides?: object): unknown
}

/** What `createCluster()` of node-redis 5 or 6 returns. */
export interface NodeRedisCluster extends Emitter {
  readonly isOpen: boolean
  readonly slots: readonly unknown[]
  sendCommand(firstKey: string | undefined, isReadonly: boolean | undefined, args: string[]): Promise<unknown>
  nodeClient(node: never): unknown
}

/** What `createSentinel()` of node-redis 5 or 6 returns. */
export interface NodeRedisSentinel {
  readonly isOpen: boolean
  sendCommand(isReadonly: boolean | undefined, args: string[]): Promise<unknown>
  acquire(): Promise<unknown>
}

/** What `createClientPool()` of node-redis 5 or 6 returns. */
export interface NodeRedisPool {
  readonly isOpen: boolean
  sendCommand(args: string[]): Promise<unknown>
  execute(task: never): Promise<unknown>
}

type AnyNodeRedis = NodeRedisClient | NodeRedisCluster | NodeRedisSentinel | NodeRedisPool

/** Returns whether an object is a client, a cluster, a Sentinel client or a pool of node-redis. */
export function isNodeRedis(client: Partial<Record<string, unknown>>): boolean {
  const hasAll = (...names: string[]) => names.every((name) => typeof client[name] === 'function')
  return hasAll('sendCommand', 'evalSha', 'zRangeByLex') && typeof client['isOpen'] === 'boolean'
}

/** The reasons why a client of node-redis cannot be used, a sentence each. */
export function nodeRedisProblems(client: object): string[] {
  // A pool and a Sentinel client show no options, but their prefix.
  const { options, _options, _keyPrefix } = client as Partial<Record<string, unknown>>
  const own = { ...Object(options), ...Object(_options) } as Record<string, unknown>
  const { useReplicas, readonly } = own
  const nodes = [own['defaults'], ...(Array.isArray(own['rootNodes']) ? own['rootNodes'] : [])] as unknown[]
  const prefixes = [own, ...nodes].map((of) => (Object(of) as { keyPrefix?: unknown }).keyPrefix)
  return [
    ...(useReplicas === true || readonly === true
      ? [
          'redisStore() must read from masters, because a replica lags behind: ' +
            "leave the client's options useReplicas and readonly at their defaults",
        ]
      : []),
    ...([_keyPrefix, ...prefixes].every((prefix) => prefix === undefined)
      ? []
      : ["redisStore() needs a client of node-redis without keyPrefix: use the store's option prefix"]),
  ]
}

export function nodeRedisConnection(client: AnyNodeRedis): RedisConnection {
  if (isCluster(client))
    return {
      commands: clusterCommands(client),
      isCluster: true,
      subscriptions: {
        open: (buckets, hear) => openClusterLine(lineCluster(client), buckets, hear),
        ...lifeOf(client, 'disconnect'),
      },
    }
  if ('acquire' in client)
    return {
      commands: commandsOver((_, ...args) => client.sendCommand(false, args)),
      isCluster: false,
    }
  const commands = commandsOver((_, ...args) => client.sendCommand(args))
  if (!('duplicate' in client)) return { commands, isCluster: false }
  return {
    commands,
    isCluster: false,
    subscriptions: {
      open: (buckets, hear) =>
        openLine(
          lineNode(client),
          buckets.map(({ changes }) => changes),
          hear,
        ),
      ...lifeOf(client, 'end'),
    },
  }
}

function isCluster(client: AnyNodeRedis): client is NodeRedisCluster {
  return 'nodeClient' in client
}

function clusterCommands(cluster: NodeRedisCluster) {
  return commandsOver((key, ...args) => cluster.sendCommand(key, false, args))
}

function lifeOf(
  client: NodeRedisClient | NodeRedisCluster,
  end: string,
): Pick<Subscriptions, 'isOver' | 'onEnd'> {
  return {
    isOver: () => !client.isOpen,
    onEnd(listener) {
      client.on(end, listener)
      return () => client.off(end, listener)
    },
  }
}

/** A duplicate of a client. */
interface Duplicate extends Emitter {
  readonly isOpen: boolean
  connect(): Promise<unknown>
  subscribe(channels: string[], listener: (message: string, channel: string) => void): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  destroy(): void
}

/** Options of node-redis: try once, without waiting for anything but the subscription. */
function tryOnce(options: object | undefined): object {
  const { socket } = Object(options) as { socket?: object }
  return {
    socket: { ...socket, reconnectStrategy: false, socketTimeout: undefined },
    commandOptions: undefined,
    commandsQueueMaxLength: undefined,
    clientSideCache: undefined,
    disableOfflineQueue: false,
    pingInterval: undefined,
  }
}

function lineNode(client: NodeRedisClient): LineNode {
  return {
    publish: (channel, message) => client.sendCommand(['PUBLISH', channel, message]),
    openSubscriber(listener) {
      const subscriber = client.duplicate(tryOnce(client.options)) as Duplicate
      subscriber.on('error', (error: unknown) => {
        listener.failed(error)
        listener.closed()
      })
      subscriber.on('end', () => listener.closed())
      const connected = subscriber.connect()
      return {
        async subscribe(channels) {
          await connected
          await subscriber.subscribe([...channels], (message, channel) => listener.message(channel, message))
        },
        unsubscribe: (channel) => subscriber.unsubscribe(channel),
        disconnect() {
          if (subscriber.isOpen) subscriber.destroy()
        },
      }
    },
  }
}

interface Shard {
  readonly master: { readonly address: string }
}

function lineCluster(cluster: NodeRedisCluster): LineCluster {
  const masterOf = (slot: number) => (cluster.slots[slot] as Shard | undefined)?.master
  return {
    commands: clusterCommands(cluster),
    masterOf: (slot) => masterOf(slot)?.address ?? '',
    async node(name) {
      const shards = cluster.slots as readonly (Shard | undefined)[]
      const master = shards.find((shard) => shard?.master.address === name)?.master
      return master && lineNode((await cluster.nodeClient(master as never)) as NodeRedisClient)
    },
  }
}
