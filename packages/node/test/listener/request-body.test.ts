import { once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import type { ParsedBody } from '../../src/listener/received-request.ts'
import { requestBody } from '../../src/listener/request-body.ts'

/** A POST request whose body has not come yet, and its response. */
function createExchange(contentType: string) {
  const received = new IncomingMessage(new Socket())
  received.method = 'POST'
  received.headers = { 'content-type': contentType }
  return { received, response: new ServerResponse(received) }
}

/** What a handler reads of a body that a parser has read before. */
async function readAfterParser(contentType: string, parsed: ParsedBody): Promise<BodyInit | null> {
  const { received, response } = createExchange(contentType)
  received.push('{}')
  received.push(null)
  received.resume()
  await once(received, 'end')
  return requestBody(received, response, parsed)
}

test('a body that nobody reads can be cancelled', async () => {
  const { received, response } = createExchange('text/plain')
  const body = requestBody(received, response, {})
  await expect((body as ReadableStream).cancel()).resolves.toBeUndefined()
})

test.each(['application/json', 'application/x-www-form-urlencoded'])(
  'a request has no body if its parser has kept nothing of it: %s',
  async (contentType) => {
    expect(await readAfterParser(contentType, {})).toBeNull()
    expect(await readAfterParser(contentType, { body: null })).toBeNull()
  },
)

test('only the type itself makes a form of what a parser has read, and no parameter of it', async () => {
  const body = { a: '1' }
  const form = await readAfterParser('Application/X-WWW-form-urlencoded; charset=utf-8', { body })
  expect(String(form)).toBe('a=1')
  const json = await readAfterParser('application/json; of=application/x-www-form-urlencoded', { body })
  expect(json).toBe('{"a":"1"}')
})
