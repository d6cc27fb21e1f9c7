/** The commands that the store sends, in one shape for every client. A reply may hold numbers as text. */
export interface RedisCommands {
  get(key: string): Promise<string | null>
  mget(...keys: string[]): Promise<unknown>
  publish(channel: string, message: string): Promise<unknown>
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
  evalsha(sha1: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
  zrangebyscore(
    key: string,
    min: string,
    max: string,
    withScores: 'WITHSCORES',
    limit: 'LIMIT',
    offset: number,
    count: number,
  ): Promise<unknown>
  zrangebylex(
    key: string,
    min: string,
    max: string,
    limit: 'LIMIT',
    offset: number,
    count: number,
  ): Promise<string[]>
  zcount(key: string, min: string, max: string): Promise<unknown>
}

/** Sends one command. `key`: the first key, if there is one, which decides about the node of a cluster. */
type Send = (key: string | undefined, command: string, ...args: string[]) => Promise<unknown>

/** Returns the commands over a client that takes each command as a list of words. */
export function commandsOver(send: Send): RedisCommands {
  return {
    async get(key) {
      const reply = await send(key, 'GET', key)
      return reply === null || reply === undefined ? null : String(reply)
    },
    mget: (...keys) => send(keys[0], 'MGET', ...keys),
    publish: (channel, message) => send(undefined, 'PUBLISH', channel, message),
    eval: (script, keyCount, ...rest) => send(rest[0], 'EVAL', script, String(keyCount), ...rest),
    evalsha: (sha1, keyCount, ...rest) => send(rest[0], 'EVALSHA', sha1, String(keyCount), ...rest),
    zrangebyscore: (key, ...range) => send(key, 'ZRANGEBYSCORE', key, ...range.map(String)),
    async zrangebylex(key, ...range) {
      const reply = await send(key, 'ZRANGEBYLEX', key, ...range.map(String))
      return (reply as unknown[]).map(String)
    },
    zcount: (key, min, max) => send(key, 'ZCOUNT', key, min, max),
  }
}
