import { errorMonitor } from 'node:events'
import type { RedisCommands } from './redis-commands.ts'

/**
 * Returns the same commands. While the client is not connected, their errors have the error of its connection as their
 * `cause`, because clients only say that they gave the command up. It listens to the client without being a listener of
 * `error`, so that what the client does without one stays as it is.
 */
export function explainedCommands(commands: RedisCommands, client: object): RedisCommands {
  const lastTrouble = troubleOf(client)
  const explain = (error: unknown): never => {
    const trouble = lastTrouble()
    if (error instanceof Error && error.cause === undefined && trouble !== error) error.cause = trouble
    throw error
  }
  return {
    get: (key) => commands.get(key).catch(explain),
    mget: (...keys) => commands.mget(...keys).catch(explain),
    publish: (channel, message) => commands.publish(channel, message).catch(explain),
    eval: (...words) => commands.eval(...words).catch(explain),
    evalsha: (...words) => commands.evalsha(...words).catch(explain),
    zrangebyscore: (...words) => commands.zrangebyscore(...words).catch(explain),
    zrangebylex: (...words) => commands.zrangebylex(...words).catch(explain),
    zcount: (...words) => commands.zcount(...words).catch(explain),
  }
}

/** Returns a function that tells what is wrong with the connection. Undefined: nothing, or the client does not say. */
function troubleOf(client: object): () => unknown {
  let trouble: unknown
  const { on } = client as { on?: (event: string | symbol, listener: (error: unknown) => void) => unknown }
  if (typeof on === 'function') {
    // A cluster of ioredis keeps the error of its last node there.
    on.call(client, errorMonitor, (error) => {
      trouble = (error as { lastNodeError?: unknown } | undefined)?.lastNodeError ?? error
    })
    on.call(client, 'ready', () => (trouble = undefined))
  }
  return () => trouble
}
