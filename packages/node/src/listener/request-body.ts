import { jsonOfForm } from '@pd/oauth-core/adapter'
import { createRequest } from '@remix-run/node-fetch-server'
import type { NodeResponse, ParsedBody, ReceivedRequest } from './received-request.ts'

/**
 * Returns the body of a request. A body that nobody has read yet is read from the connection when the handler reads it;
 * of one that a parser has read, the parser's result is used.
 */
export function requestBody(
  received: ReceivedRequest,
  response: NodeResponse,
  parsed: ParsedBody,
): BodyInit | null {
  if (received.method === 'GET' || received.method === 'HEAD') return null
  if (received.readableDidRead) return bodyOf(parsed, received.headers['content-type'] ?? '')
  // An empty body ends without a read, so `readableDidRead` stays false.
  return received.readableEnded ? null : unread(received, response)
}

/** Reads nothing before it is read itself, so that a request that is passed on still has its body. */
function unread(received: ReceivedRequest, response: NodeResponse): ReadableStream<Uint8Array> {
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

function bodyOf({ body, rawBody }: ParsedBody, contentType: string): BodyInit | null {
  const read = isText(rawBody) ? rawBody : body
  if (read == null) return null
  if (isText(read)) return read
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType))
    return jsonOfForm(Object.entries(Object(read))) ?? formOf(Object(read))
  return JSON.stringify(read)
}

function isText(value: unknown): value is string | Uint8Array<ArrayBuffer> {
  return typeof value === 'string' || value instanceof Uint8Array
}

function formOf(fields: object): URLSearchParams {
  return new URLSearchParams(Object.entries(fields).flatMap(([name, value]) => fieldsOf(name, value)))
}

/** Nested fields have the names that Express's extended parser reads: `user[name]`. */
function fieldsOf(name: string, value: unknown): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((each) => fieldsOf(name, each))
  if (value == null) return [[name, '']]
  if (typeof value !== 'object') return [[name, String(value)]]
  return Object.entries(value).flatMap(([key, each]) => fieldsOf(`${name}[${key}]`, each))
}
