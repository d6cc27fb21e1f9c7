import type { Context } from 'hono'
import { streamSSE, type SSEStreamingApi } from 'hono/streaming'
import type { Change, Feed } from './feed.ts'

const heartbeatMs = 15_000

/** Sends to one client: at the beginning, and at each change. */
export interface Listener {
  begin(stream: SSEStreamingApi): Promise<void>
  tell(stream: SSEStreamingApi, change: Change): Promise<void>
}

/** Returns a response of server-sent events, until the client disconnects. Entries after number `seen` come first. */
export function eventStream(c: Context, feed: Feed, listener: Listener, seen?: number): Response {
  const stopped = new AbortController()
  const changes = feed.changes(stopped.signal, seen)
  return streamSSE(c, async (stream) => {
    stream.onAbort(() => stopped.abort())
    const heartbeat = setInterval(() => void stream.write(': still here\n\n'), heartbeatMs)
    try {
      await listener.begin(stream)
      for await (const change of changes) await listener.tell(stream, change)
    } finally {
      clearInterval(heartbeat)
      stopped.abort()
    }
  })
}
