import { describe, expect, test } from 'vitest'
import { manualClock } from '@pd/fake-pipedrive'
import { withAction } from '../../../src/client/runtime/action-for.ts'
import { Log } from '../../../src/client/runtime/log.ts'
import {
  CallbackError,
  ConfigurationError,
  PipedriveOAuth,
  StoreError,
  TokenEndpointError,
} from '../../../src/index.ts'
import type { LogDetails, Logger } from '../../../src/index.ts'
import { validOptions } from '../settings.ts'

function createLog() {
  const lines: { level: string; message: string; details: LogDetails }[] = []
  const logger: Logger = {
    error: (message, details) => void lines.push({ level: 'error', message, details }),
    warn: (message, details) => void lines.push({ level: 'warn', message, details }),
  }
  const clock = manualClock()
  return { clock, lines, logger, log: new Log(logger, () => clock.now()) }
}

test('F76 a line says what failed, its code, whose, how long, why, and what to do', () => {
  const { lines, log } = createLog()
  const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })
  const error = new StoreError('store_unavailable', 'The token store failed in get().', {
    cause,
    installationId: '1:2',
  })
  log.error({ what: 'GET /deals was answered with 503', error, durationMs: 12, reference: 'tenant-7' })
  expect(lines).toEqual([
    {
      level: 'error',
      message:
        'Pipedrive OAuth: GET /deals was answered with 503 (store_unavailable, installation 1:2, reference tenant-7, after 12 ms). ' +
        'The token store failed in get(). Cause: connect ECONNREFUSED 127.0.0.1:5432. ' +
        'What to do: Check that the store runs, and that this process can reach it and sign in.',
      details: {
        code: 'store_unavailable',
        installationId: '1:2',
        reference: 'tenant-7',
        durationMs: 12,
        cause: 'connect ECONNREFUSED 127.0.0.1:5432',
        action: 'Check that the store runs, and that this process can reach it and sign in.',
      },
    },
  ])
})

test('F76 what to do names the token endpoint that is configured, and Pipedrive only where it is Pipedrive’s', () => {
  const oauthOrigin = 'http://127.0.0.1:4700'
  for (const code of ['token_endpoint_unavailable', 'token_endpoint_timeout', 'code_refused']) {
    const { logger, lines } = createLog()
    new Log(logger, Date.now, oauthOrigin).error({ what: 'failed', code })
    expect(lines[0]?.details.action).toContain(`${oauthOrigin} (endpoints.oauth)`)
    expect(lines[0]?.message).not.toMatch(/pipedrive\.com|Pipedrive’s|Developer Hub/)
    new Log(logger, Date.now).error({ what: 'failed', code })
    expect(lines[1]?.details.action).toMatch(/oauth\.pipedrive\.com|Developer Hub/)
    expect(lines[1]?.details.action).not.toContain('endpoints.oauth')
  }
})

test('F76 every line is one line, also of an error with many', () => {
  const { lines, log } = createLog()
  log.error({ what: 'it failed', error: new ConfigurationError(['one', 'two\nthree']) })
  expect(lines[0]?.message).not.toContain('\n')
  log.error({ what: 'it \n\t failed', code: 'x' })
  expect(lines[1]?.message).toContain('Pipedrive OAuth: it failed (x).')
})

test('F76 a line of an installation carries the reference that is known of it', () => {
  const { lines, log } = createLog()
  log.referenceOf = (id) => (id === '1:2' ? 'tenant-7' : undefined)
  log.error({ what: 'failed', code: 'x', installationId: '1:2' })
  log.error({ what: 'failed', code: 'x', installationId: '1:3' })
  log.error({ what: 'failed', code: 'x' })
  expect(lines.map(({ details }) => details.reference)).toEqual(['tenant-7', undefined, undefined])
  expect(lines[0]?.message).toContain('(x, installation 1:2, reference tenant-7)')
})

test('F76 the cause is that of an error of this library, and any other error itself', () => {
  const { lines, log } = createLog()
  log.error({ what: 'failed', error: new TypeError('of the application') })
  log.error({ what: 'failed', error: new TokenEndpointError('client_rejected') })
  expect(lines[0]?.details).toMatchObject({
    code: 'unexpected_error',
    cause: 'TypeError of the application',
    stack: expect.stringContaining('TypeError'),
  })
  expect(lines[1]?.details).not.toHaveProperty('cause')
  expect(lines[1]?.details).not.toHaveProperty('stack')
})

test('F76 warnings of one code that ask for different actions are two lines', () => {
  const { lines, log } = createLog()
  const refused = () => new CallbackError('state_mismatch')
  log.warn({ what: 'refused', error: withAction(refused(), 'Do this.') })
  log.warn({ what: 'refused', error: withAction(refused(), 'Do that.') })
  log.warn({ what: 'refused', error: withAction(refused(), 'Do this.') })
  expect(lines.map(({ details }) => details.action)).toEqual(['Do this.', 'Do that.'])
})

test('F76 a clock that is set back silences no warning', () => {
  const lines: string[] = []
  let now = 1_000
  const log = new Log({ error: () => {}, warn: (message) => void lines.push(message) }, () => now)
  log.warn({ what: 'refused', code: 'x' })
  now--
  log.warn({ what: 'refused', code: 'x' })
  expect(lines).toHaveLength(2)
})

test('F76 warnings of a kind are one line a minute, and the next line counts those left out', async () => {
  const { clock, lines, log } = createLog()
  const error = new TokenEndpointError('client_rejected')
  for (let times = 0; times < 1_000; times++) log.warn({ what: 'refused', error })
  log.warn({ what: 'refused', code: 'another' })
  expect(lines.map(({ details }) => [details.code, details.repeats])).toEqual([
    ['client_rejected', undefined],
    ['another', undefined],
  ])
  await clock.advance(60_000)
  log.warn({ what: 'refused', error })
  expect(lines.at(-1)?.details.repeats).toBe(999)
  expect(lines.at(-1)?.message).toContain('(999 more of these since the last line.)')
})

test('F76 errors are never left out', () => {
  const { lines, log } = createLog()
  for (let times = 0; times < 50; times++) log.error({ what: 'failed', code: 'store_unavailable' })
  expect(lines).toHaveLength(50)
})

test('F76 a logger that throws changes nothing', () => {
  const log = new Log(
    {
      error: () => {
        throw new Error('disk full')
      },
      warn: () => {},
    },
    Date.now,
  )
  expect(() => log.error({ what: 'failed', code: 'x' })).not.toThrow()
})

describe('F76 the option logger', () => {
  test.each([
    [{}],
    [{ error: () => {} }],
    [true],
    [null],
    ['console'],
    [{ error: 1, warn: 2 }],
    [{ error: 1, warn: () => {} }],
    [{ error: () => {}, warn: () => {}, info: 'no' }],
  ])('must have the methods error and warn, or be false: %j', (logger) => {
    expect(() => new PipedriveOAuth(validOptions({ logger: logger as never }))).toThrow(
      'logger must have the methods error and warn, or be false',
    )
  })

  test.each([[undefined], [false], [console], [createLog().logger]])('may be %s', (logger) => {
    const oauth = new PipedriveOAuth(validOptions({ logger: logger as never }))
    expect(oauth.logger === false).toBe(logger === false)
  })
})
