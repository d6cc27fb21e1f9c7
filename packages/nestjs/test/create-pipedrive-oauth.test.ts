import { createFakePipedrive } from '@pd/fake-pipedrive'
import { memoryStore, type OAuthEvent } from '@pd/oauth-core'
import { expect, test, vi } from 'vitest'
import { createPipedriveOAuth } from '../src/create-pipedrive-oauth.ts'
import type { PipedriveModuleOptions } from '../src/index.ts'
import { testOptions } from '../src/testing/test-options.ts'

const fake = createFakePipedrive()

/** Creates a client with these options, which tells its events to the module, too. */
function create(options: Partial<PipedriveModuleOptions>) {
  const log = { error: vi.fn(), warn: vi.fn(), info: vi.fn() }
  const events: string[] = []
  const onEvent = ({ type }: OAuthEvent) => void events.push(type)
  const parts = { store: memoryStore(), fetch: fake.fetch, onEvent }
  return {
    oauth: createPipedriveOAuth({ ...testOptions(fake), logger: log, ...options }, parts),
    log,
    events,
  }
}

test('the module hears an event where the application has no onEvent, and nothing goes wrong', async () => {
  const { oauth, log, events } = create({})
  await oauth.authorize()
  expect([events, log.error.mock.calls, log.warn.mock.calls]).toEqual([['consent_started'], [], []])
})

test('onEvent of the application is told as well, and its rejection is told to its own log', async () => {
  const told: string[] = []
  const { oauth, log, events } = create({
    onEvent: async ({ type }) => {
      told.push(type)
      throw new Error('the queue is full')
    },
  })
  await oauth.authorize()
  await expect.poll(() => log.error.mock.calls.length).toBe(1)
  expect([events, told]).toEqual([['consent_started'], ['consent_started']])
  expect(log.error.mock.calls[0]?.[0]).toContain('the queue is full')
})

test('what the code of the team throws while the client is made is thrown as it is', () => {
  const error = new Error('the store is not ready')
  const policy = Object.defineProperty({}, 'cacheMs', {
    enumerable: true,
    get: () => {
      throw error
    },
  })
  expect(() => create({ policy })).toThrow(error)
})
