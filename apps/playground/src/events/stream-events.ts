import type { InstallationId } from '@pd/oauth-core'
import type { Context } from 'hono'
import type { SSEStreamingApi } from 'hono/streaming'
import { eventItem } from '../pages/events-card.ts'
import { surroundingsOf } from '../pages/home-page.ts'
import { timeNote } from '../pages/layout.ts'
import { rendered } from '../pages/markup.ts'
import { stateOf, statusInside } from '../pages/status-card.ts'
import type { Playground } from '../playground.ts'
import { eventStream } from './event-stream.ts'
import type { Change } from './feed.ts'

/**
 * Returns the server-sent events of the page: `happened` is a list item for the events, `status` is the new content of the
 * status card.
 */
export function streamEvents(c: Context, playground: Playground, id: InstallationId | undefined): Response {
  const seen = Number(c.req.header('last-event-id') ?? c.req.query('seen'))
  const listener = {
    begin: (stream: SSEStreamingApi) => sendStatus(stream, playground, id),
    tell: (stream: SSEStreamingApi, change: Change) => send(stream, playground, id, change),
  }
  return eventStream(c, playground.feed, listener, Number.isSafeInteger(seen) ? seen : undefined)
}

async function send(
  stream: SSEStreamingApi,
  playground: Playground,
  id: InstallationId | undefined,
  change: Change,
): Promise<void> {
  switch (change.type) {
    case 'happened':
      if (!concerns(change, playground, id)) return
      return stream.writeSSE({
        event: 'happened',
        id: String(change.entry.number),
        data: await rendered(eventItem(change.entry)),
      })
    case 'record_changed':
      return change.id === id ? sendStatus(stream, playground, id) : undefined
    case 'surroundings_changed':
      return sendStatus(stream, playground, id)
  }
}

async function sendStatus(
  stream: SSEStreamingApi,
  playground: Playground,
  id: InstallationId | undefined,
): Promise<void> {
  const description = id && (await playground.oauth.installation(id).describe())
  const surroundings = surroundingsOf(playground)
  const data = {
    id: description?.id,
    now: surroundings.now,
    state: stateOf(description),
    isFailed: description?.cooldown !== undefined,
    status: await rendered(statusInside(description, surroundings)),
    time: await rendered(timeNote(playground.pipedrive.clock)),
  }
  return stream.writeSSE({ event: 'status', data: JSON.stringify(data) })
}

function concerns(
  { entry: { event } }: Extract<Change, { type: 'happened' }>,
  { isPrivate }: Playground,
  id: InstallationId | undefined,
): boolean {
  return isPrivate || ('installationId' in event && event.installationId === id)
}
