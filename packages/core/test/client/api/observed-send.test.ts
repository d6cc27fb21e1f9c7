import { manualClock } from '@pd/fake-pipedrive'
import { expect, test } from 'vitest'
import { apiErrorFor, observedSend } from '../../../src/client/api/observed-send.ts'
import { fullClock } from '../../../src/client/runtime/clock.ts'
import type { InstallationId, OAuthEvent } from '../../../src/index.ts'

const deals = new URL('https://company.pipedrive.com/api/v2/deals?api_token=secret')

function createSend(answers: readonly (Response | Error)[], installationId?: InstallationId) {
  const clock = manualClock()
  const events: OAuthEvent[] = []
  const waiting = [...answers]
  const send = async () => {
    await clock.advance(250)
    const answer = waiting.shift()
    if (answer instanceof Response) return answer
    throw answer
  }
  const observer = {
    clock: fullClock(clock),
    emit: (event: object) => void events.push(event as OAuthEvent),
    installationId,
  }
  return { events, send: observedSend(send as typeof fetch, observer) }
}

test('each request with the token is an event, with its attempt and without its query', async () => {
  const { events, send } = createSend([new Response('', { status: 401 }), new Response('')], '1:2')
  await send(deals, { method: 'post' }, true)
  await send(deals, {}, true)
  const about = { type: 'api_response', installationId: '1:2', path: '/api/v2/deals', durationMs: 250 }
  expect(events).toEqual([
    { ...about, method: 'POST', attempt: 1, status: 401 },
    { ...about, method: 'GET', attempt: 2, status: 200 },
  ])
})

test('a request without the token is no event and no attempt', async () => {
  const { events, send } = createSend([new Response('', { status: 429 }), new Response('')], '1:2')
  await send(deals, {}, false)
  expect(events).toEqual([])
  await send(deals, {}, true)
  expect(events).toMatchObject([{ attempt: 1 }])
})

test('no installation is named where none is known', async () => {
  const { events, send } = createSend([new Response('', { status: 429, headers: { 'retry-after': '2' } })])
  await send(deals, {}, true)
  expect(events).toMatchObject([
    { type: 'api_response' },
    { type: 'rate_limited', limit: 'burst', resetMs: 2_000 },
  ])
  for (const event of events) expect(event).not.toHaveProperty('installationId')
})

test('a refusal for the rate is an event of its own', async () => {
  const { events, send } = createSend(
    [new Response('', { status: 429, headers: { 'retry-after': '2' } })],
    '1:2',
  )
  await send(deals, {}, true)
  expect(events[1]).toEqual({ type: 'rate_limited', installationId: '1:2', limit: 'burst', resetMs: 2_000 })
})

test.each([true, false])(
  'a request without an answer is known by its error; with the token: %s',
  async (isOwn) => {
    const cause = new TypeError('fetch failed')
    const { events, send } = createSend([cause], '1:2')
    await expect(send(deals, {}, isOwn)).rejects.toBe(cause)
    expect(apiErrorFor(cause)).toMatchObject({ code: 'api_unavailable', installationId: '1:2', cause })
    expect(events).toHaveLength(isOwn ? 1 : 0)
    if (isOwn) expect(events[0]).toMatchObject({ attempt: 1, cause: 'TypeError fetch failed' })
  },
)

test.each([new TypeError('of something else'), 'a text', undefined, null])('%s is no such error', (cause) => {
  expect(apiErrorFor(cause)).toBeUndefined()
})
