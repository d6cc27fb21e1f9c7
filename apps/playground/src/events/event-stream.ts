import type { Context } from 'hono'
import { streamSSE, type SSEStreamingApi } from 'hono/streaming'
import type { Change, Feed } from './feed.ts'

const heartbeatMs = 15_000

/** What someone who listens is sent: at the beginning, and for each change. */
export interface Telling {
  begin(stream: SSEStreamingApi): Promise<void>
  tell(stream: SSEStreamingApi, change: Change): Promise<void>
}

/** Server-sent events, until the other side goes. What happened after entry number `seen` comes first. */
export function eventStream(c: Context, feed: Feed, telling: Telling, seen?: number): Response {
  const stopped = new AbortController()
  const changes = feed.changes(stopped.signal, seen)
  return streamSSE(c, async (stream) => {
    stream.onAbort(() => stopped.abort())
    const heartbeat = setInterval(() => void stream.write(': still here\n\n'), heartbeatMs)
    try {
      await telling.begin(stream)
      for await (const change of changes) await telling.tell(stream, change)
    } finally {
      clearInterval(heartbeat)
      stopped.abort()
    }
  })
}
