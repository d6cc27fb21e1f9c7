import { errorMonitor } from 'node:events'
import { isErrorReply } from './error-reply.ts'
import type { RedisCommands } from './redis-commands.ts'

/**
 * Returns the same commands. While the client is not connected, their errors have the error of its connection as their
 * `cause`, because clients only say that they gave the command up. It listens to the client without being a listener of
 * `error`, so that what the client does without one stays as it is.
 */
export function explainedCommands(commands: RedisCommands, client: object): RedisCommands {
  const trouble = troubleOf(client)
  const pass = <T>(reply: T): T => {
    trouble.forget()
    return reply
  }
  const explain = (error: unknown): never => {
    if (isErrorReply(error)) trouble.forget()
    const cause = trouble.last()
    if (error instanceof Error && error.cause === undefined && cause !== error) error.cause = cause
    throw error
  }
  return {
    get: (key) => commands.get(key).then(pass, explain),
    mget: (...keys) => commands.mget(...keys).then(pass, explain),
    publish: (channel, message) => commands.publish(channel, message).then(pass, explain),
    eval: (...words) => commands.eval(...words).then(pass, explain),
    evalsha: (...words) => commands.evalsha(...words).then(pass, explain),
    zrangebyscore: (...words) => commands.zrangebyscore(...words).then(pass, explain),
    zrangebylex: (...words) => commands.zrangebylex(...words).then(pass, explain),
    zcount: (...words) => commands.zcount(...words).then(pass, explain),
  }
}

interface Trouble {
  /** Returns the last error of the connection. Undefined: it works, or the client does not say. */
  last(): unknown
  /** An answer has come. Pools, clusters and Sentinel clients have no event that says so. */
  forget(): void
}

function troubleOf(client: object): Trouble {
  let trouble: unknown
  const forget = () => (trouble = undefined)
  const { on } = client as { on?: (event: string | symbol, listener: (error: unknown) => void) => unknown }
  if (typeof on === 'function') {
    on.call(client, errorMonitor, (error) => {
      // Redis refused a command that the client sends by itself, such as PING.
      if (isErrorReply(error) && isConnected(client)) return
      // A cluster of ioredis keeps the error of its last node there.
      trouble = (error as { lastNodeError?: unknown } | undefined)?.lastNodeError ?? error
    })
    on.call(client, 'ready', forget)
  }
  return { last: () => trouble, forget }
}

/** Whether a client of node-redis or ioredis has a connection that works. */
function isConnected(client: { isReady?: unknown; status?: unknown }): boolean {
  return client.isReady === true || client.status === 'ready'
}
