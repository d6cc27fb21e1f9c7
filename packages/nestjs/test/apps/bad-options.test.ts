import { ConfigurationError } from '@pd/oauth-core'
import { describe, expect, test } from 'vitest'
import type { PipedriveModuleOptions } from '../../src/index.ts'
import { createWorld, recordingLogger, startApp } from '../start-app.ts'
import { withFactory } from './async/app.module.ts'
import { appModule } from './sync/app.module.ts'

/** What an application without types may hand over. */
const wrong = (options: object) => options as PipedriveModuleOptions

async function refusal(starting: Promise<unknown>): Promise<ConfigurationError> {
  const [{ reason }] = (await Promise.allSettled([starting])) as [PromiseRejectedResult]
  expect(reason).toBeInstanceOf(ConfigurationError)
  return reason
}

describe.each([
  ['forRoot()', appModule],
  ['forRootAsync()', withFactory],
])('%s', (_, module) => {
  test('names every problem at once, and starts nothing', async () => {
    const options = wrong({
      clientId: '',
      redirectUri: 'nonsense',
      secrets: ['my-short-secret'],
      clientSecret: 'the-client-secret',
      colour: 'blue',
      onEvent: 'loud',
      path: 'no-slash',
      routes: 'yes',
      missingState: 'ignore',
      sessionMs: -1,
      sharingNotices: 'yes',
      extensionSecrets: [],
      onConnected: true,
      onMissing: 'home',
      identify: 'ada',
      referenceOf: 'tenant',
    })
    const error = await refusal(startApp(module(options)))
    for (const name of Object.keys(options).filter((known) => known !== 'clientSecret'))
      expect(error.problems.filter((problem) => problem.startsWith(name))).toHaveLength(1)
  })

  test('names problems of the routes alone, too', async () => {
    await using world = await createWorld()
    const error = await refusal(startApp(module({ ...world.options, path: '/with?query' })))
    expect(error.problems).toEqual(['path must be a path such as /pipedrive, without a query'])
  })

  test('F32 shows no value of an option', async () => {
    const { logger, lines } = recordingLogger()
    const options = wrong({ clientSecret: ['the-client-secret', ''], secrets: ['my-short-secret'] })
    const error = await refusal(startApp(module(options), { logger }))
    const shown = JSON.stringify([error.problems, error.stack, lines])
    expect(shown).not.toMatch(/the-client-secret|my-short-secret/)
  })
})

test('no options at all are refused with a sentence', async () => {
  const error = await refusal(startApp(withFactory(wrong(undefined as unknown as object))))
  expect(error.code).toBe('invalid_configuration')
})
