import type { ServerResponse } from 'node:http'
import { parsedBody } from '@pd/oauth-core'
import { createRequest } from '@remix-run/node-fetch-server'
import type { ReceivedRequest } from './received-request.ts'

/** The body of a request: as it comes in, or, where a parser was faster, what that has made of it. */
export function requestBody(received: ReceivedRequest, response: ServerResponse): BodyInit | null {
  if (received.method === 'GET' || received.method === 'HEAD') return null
  if (!received.readableDidRead) return unread(received, response)
  return isForm(received) ? formOf(received.body) : parsedBody(received)
}

/** Nothing is read before it is asked for, so that a request that is passed on has its body still. */
function unread(received: ReceivedRequest, response: ServerResponse): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        reader ??= createRequest(received, response, {
          protocol: 'http:',
          host: 'localhost',
        }).body?.getReader()
        const chunk = await reader?.read()
        if (chunk?.value === undefined) controller.close()
        else controller.enqueue(chunk.value)
      },
      cancel: (reason) => reader?.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

function isForm({ headers, body, rawBody }: ReceivedRequest): boolean {
  return (
    rawBody === undefined &&
    typeof body === 'object' &&
    body !== null &&
    !(body instanceof Uint8Array) &&
    /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')
  )
}

function formOf(body: unknown): URLSearchParams {
  const fields = Object.entries(Object(body)).flatMap(([name, value]) =>
    [value].flat().map((each): [string, string] => [name, String(each)]),
  )
  return new URLSearchParams(fields)
}
