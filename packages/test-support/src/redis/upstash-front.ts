import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** A server that speaks the REST protocol of Upstash in front of a Redis. */
export interface UpstashFront extends AsyncDisposable {
  readonly url: string
  readonly token: string
}

/**
 * Starts the front. It knows single commands (`POST /`) and pipelines (`POST /pipeline`), both in base64 or not.
 * @see [Upstash's REST API](https://upstash.com/docs/redis/features/restapi)
 */
export async function startUpstashFront(redis: { readonly port: number }): Promise<UpstashFront> {
  const token = 'upstash-token-of-the-tests'
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.headers.authorization !== `Bearer ${token}`) return answer(401, { error: 'Unauthorized' })
    const body = (await json(request)) as string[] | string[][]
    const isPipeline = request.url === '/pipeline'
    const commands = (isPipeline ? body : [body]) as string[][]
    const replies = await runOn(redis.port, commands)
    const isBase64 = request.headers['upstash-encoding'] === 'base64'
    const results = replies.map((reply) =>
      reply instanceof RedisError ? { error: reply.message } : { result: isBase64 ? encoded(reply) : reply },
    )
    const [only] = results
    if (isPipeline) return answer(200, results)
    return answer(only !== undefined && 'error' in only ? 400 : 200, only)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

type Reply = string | number | null | Reply[]

class RedisError extends Error {}

/** Texts in base64, as Upstash sends them: all but the status OK. */
function encoded(reply: Reply): Reply {
  if (Array.isArray(reply)) return reply.map(encoded)
  return typeof reply === 'string' && reply !== 'OK' ? Buffer.from(reply).toString('base64') : reply
}

/** Runs commands on a connection of their own. */
async function runOn(port: number, commands: readonly string[][]): Promise<(Reply | RedisError)[]> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write(commands.map(written).join(''))
  const replies: (Reply | RedisError)[] = []
  let unread = Buffer.alloc(0)
  for await (const chunk of socket) {
    unread = Buffer.concat([unread, chunk as Buffer])
    for (let read = readReply(unread, 0); read !== undefined; read = readReply(unread, 0)) {
      replies.push(read.reply)
      unread = unread.subarray(read.end)
    }
    if (replies.length >= commands.length) break
  }
  return replies
}

function written(words: readonly unknown[]): string {
  const parts = words.map(String).map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  return `*${parts.length}\r\n${parts.join('')}`
}

/** Reads a reply of RESP2. Undefined: its end has not arrived. */
function readReply(
  bytes: Buffer,
  start: number,
): { readonly reply: Reply | RedisError; readonly end: number } | undefined {
  const lineEnd = bytes.indexOf('\r\n', start)
  if (lineEnd === -1) return undefined
  const text = bytes.toString('utf8', start + 1, lineEnd)
  const next = lineEnd + 2
  switch (String.fromCharCode(bytes[start] ?? 0)) {
    case '+':
      return { reply: text, end: next }
    case '-':
      return { reply: new RedisError(text), end: next }
    case ':':
      return { reply: Number(text), end: next }
    case '$': {
      const length = Number(text)
      if (length === -1) return { reply: null, end: next }
      if (bytes.length < next + length + 2) return undefined
      return { reply: bytes.toString('utf8', next, next + length), end: next + length + 2 }
    }
    default: {
      const items: Reply[] = []
      let end = next
      for (let index = 0; index < Number(text); index++) {
        const item = readReply(bytes, end)
        if (item === undefined) return undefined
        items.push(item.reply as Reply)
        end = item.end
      }
      return { reply: items, end }
    }
  }
}
