import { EventEmitter } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import { explainedCommands } from '../src/explained-commands.ts'
import type { RedisCommands } from '../src/redis-commands.ts'

const broken = new Error('ECONNREFUSED')
const givenUp = () => new Error('Connection is closed.')

/** A client that answers every command as the test says. */
function createClient(members: object = {}) {
  const answer = vi.fn<(...words: unknown[]) => Promise<never>>()
  const raw = Object.fromEntries(
    names.map((name) => [name, (...words: unknown[]) => answer(name, ...words)]),
  ) as unknown as RedisCommands
  const client = Object.assign(new EventEmitter(), members)
  // Without a listener, an emitter throws its errors.
  client.on('error', () => {})
  const commands = explainedCommands(raw, client)
  return {
    client,
    answer,
    commands,
    /** The cause of the error of a command that the client gives up. */
    cause: async () => {
      answer.mockRejectedValueOnce(givenUp())
      const error: unknown = await commands.get('a').catch((reason: unknown) => reason)
      return (error as Error).cause
    },
  }
}

const calls: Readonly<Record<keyof RedisCommands, readonly unknown[]>> = {
  get: ['a'],
  mget: ['a', 'b'],
  publish: ['a', 'news'],
  eval: ['return 1', 1, 'a', 'b'],
  evalsha: ['0123', 1, 'a', 'b'],
  zrangebyscore: ['a', '-inf', '+inf', 'WITHSCORES', 'LIMIT', 0, 7],
  zrangebylex: ['a', '-', '+', 'LIMIT', 0, 7],
  zcount: ['a', '-inf', '+inf'],
}
const names = Object.keys(calls) as (keyof RedisCommands)[]

describe.each(names)('%s', (name) => {
  const send = (commands: RedisCommands) =>
    (commands[name] as (...words: readonly unknown[]) => Promise<unknown>)(...calls[name])

  test('sends its words and passes its reply', async () => {
    const { commands, answer } = createClient()
    answer.mockResolvedValueOnce('reply' as never)
    expect(await send(commands)).toBe('reply')
    expect(answer).toHaveBeenCalledExactlyOnceWith(name, ...calls[name])
  })

  test('names the error of the connection as the cause of its own', async () => {
    const { client, commands, answer } = createClient()
    client.emit('error', broken)
    const error = givenUp()
    answer.mockRejectedValueOnce(error)
    await expect(send(commands)).rejects.toBe(error)
    expect(error.cause).toBe(broken)
  })

  test('forgets the error of the connection when a reply comes', async () => {
    const { client, commands, answer, cause } = createClient()
    client.emit('error', broken)
    answer.mockResolvedValueOnce('reply' as never)
    await send(commands)
    expect(await cause()).toBeUndefined()
  })
})

describe('the error of the connection', () => {
  test('is not there before the first one, and is gone when the client is ready', async () => {
    const { client, cause } = createClient()
    expect(await cause()).toBeUndefined()
    client.emit('error', broken)
    expect(await cause()).toBe(broken)
    client.emit('ready')
    expect(await cause()).toBeUndefined()
  })

  test('of a cluster is the one of its last node', async () => {
    const { client, cause } = createClient()
    client.emit(
      'error',
      Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError: broken }),
    )
    expect(await cause()).toBe(broken)
  })

  test('is forgotten when Redis refuses a command, which it can only do over a connection', async () => {
    const { client, commands, answer, cause } = createClient()
    client.emit('error', broken)
    const refusal = new Error('NOPERM no GET')
    answer.mockRejectedValueOnce(refusal)
    await expect(commands.get('a')).rejects.toBe(refusal)
    expect(refusal.cause).toBeUndefined()
    expect(await cause()).toBeUndefined()
  })

  test.each([{ isReady: true }, { status: 'ready' }])(
    'is not what Redis refuses of the client itself, with %j',
    async (members) => {
      const { client, cause } = createClient(members)
      client.emit('error', new Error('NOPERM no PING'))
      expect(await cause()).toBeUndefined()
      client.emit('error', broken)
      expect(await cause()).toBe(broken)
    },
  )

  test.each([{ isReady: false }, { status: 'connecting' }, {}])(
    'is what Redis refuses of a client that is not connected, with %j',
    async (members) => {
      const { client, cause } = createClient(members)
      const refusal = new Error('WRONGPASS invalid username-password pair')
      client.emit('error', refusal)
      expect(await cause()).toBe(refusal)
    },
  )

  test('takes no place of a cause that is there, and is not its own', async () => {
    const { client, commands, answer } = createClient()
    client.emit('error', broken)
    const known = new Error('Connection is closed.', { cause: 'known' })
    answer.mockRejectedValueOnce(known)
    await expect(commands.get('a')).rejects.toBe(known)
    expect(known.cause).toBe('known')
    answer.mockRejectedValueOnce(broken)
    await expect(commands.get('a')).rejects.toBe(broken)
    expect(broken.cause).toBeUndefined()
  })

  test('leaves what is not an error as it is', async () => {
    const { client, commands, answer } = createClient()
    client.emit('error', broken)
    answer.mockRejectedValueOnce('text')
    await expect(commands.get('a')).rejects.toBe('text')
  })

  test('is not told by a client without events', async () => {
    const error = givenUp()
    const raw = { get: () => Promise.reject(error) } as unknown as RedisCommands
    for (const client of [{}, { on: 'text' }]) {
      await expect(explainedCommands(raw, client).get('a')).rejects.toBe(error)
      expect(error.cause).toBeUndefined()
    }
  })
})

test('the client keeps throwing its errors if nobody listens to them', () => {
  const client = new EventEmitter()
  explainedCommands({} as RedisCommands, client)
  expect(client.listenerCount('error')).toBe(0)
  expect(() => client.emit('error', broken)).toThrow(broken)
})
