import { expect, test } from 'vitest'
import { askForTokens } from '../../src/calls/calls.ts'
import { send, type Connection } from '../../src/calls/send.ts'

function connectionTo(answer: () => Response): Connection {
  return {
    fetch: async () => answer(),
    now: () => 1_000,
    signal: new AbortController().signal,
    oauthOrigin: 'https://oauth.pipedrive.com',
    apiOrigin: undefined,
  }
}

test('send() says how long to wait only where Pipedrive says it', async () => {
  const request = { url: 'https://oauth.pipedrive.com/oauth/token', method: 'POST', headers: {} } as const
  const answered = (headers: HeadersInit) =>
    send(
      request,
      connectionTo(() => new Response('body', { status: 429, headers })),
    )
  expect(await answered({})).toStrictEqual({ status: 429, body: 'body' })
  expect(await answered({ 'retry-after': '7' })).toStrictEqual({
    status: 429,
    body: 'body',
    retryAfterMs: 7_000,
  })
})

test('askForTokens() adds what Pipedrive said only to a refusal', async () => {
  const ask = (answer: () => Response) =>
    askForTokens(
      { clientId: 'id', clientSecret: 'secret' },
      { type: 'refresh_token', refreshToken: 'tok-1' },
      connectionTo(answer),
    )
  const granted = await ask(() => Response.json({ access_token: 'a', expires_in: 3_600 }))
  expect(granted).toMatchObject({ type: 'granted' })
  expect(granted).not.toHaveProperty('cause')
  expect(await ask(() => new Response(null, { status: 503 }))).toMatchObject({
    type: 'failed',
    cause: { message: 'Pipedrive answered 503' },
  })
})
