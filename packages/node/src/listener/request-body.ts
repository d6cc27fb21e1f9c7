import type { ServerResponse } from 'node:http'
import { parsedBody } from '@pd/oauth-core'
import { createRequest } from '@remix-run/node-fetch-server'
import type { ReceivedRequest } from './received-request.ts'

/** The body of a request: as it comes in, or, where a parser was faster, what that has made of it. */
export function requestBody(received: ReceivedRequest, response: ServerResponse): BodyInit | null {
  if (received.method === 'GET' || received.method === 'HEAD') return null
  // A body of no bytes is over without anything having been read.
  if (!received.readableDidRead) return received.readableEnded ? null : unread(received, response)
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
  return new URLSearchParams(Object.entries(Object(body)).flatMap(([name, value]) => fieldsOf(name, value)))
}

/** Fields as the extended parsers of Express read them: `user[name]`. */
function fieldsOf(name: string, value: unknown): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((each) => fieldsOf(name, each))
  if (typeof value !== 'object' || value === null) return [[name, String(value)]]
  return Object.entries(value).flatMap(([key, each]) => fieldsOf(`${name}[${key}]`, each))
}
