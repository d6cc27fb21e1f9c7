import type { Redis } from 'ioredis'

/** Returns the same client, on which `call` is told of each such command: its words, and how to send it. */
export function overCommand<Name extends 'zrangebylex' | 'zrangebyscore'>(
  redis: Redis,
  name: Name,
  call: (words: readonly unknown[], send: () => ReturnType<Redis[Name]>) => ReturnType<Redis[Name]>,
): Redis {
  return new Proxy(redis, {
    get: (target, key) =>
      key === name
        ? (...words: unknown[]) => call(words, () => Reflect.apply(target[name], target, words))
        : Reflect.get(target, key),
  })
}
