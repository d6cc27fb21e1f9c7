import { Logger } from '@nestjs/common'
import type { LogDetails } from '@pd/oauth-core'
import { expect, onTestFinished, test, vi } from 'vitest'
import { nestLogger } from '../src/nest-logger.ts'

/** What this calls of Nest's logger, each with its arguments. */
function callsOf(log: (logger: ReturnType<typeof nestLogger>) => void): readonly unknown[] {
  const calls: unknown[] = []
  for (const level of ['log', 'warn', 'error'] as const) {
    const spy = vi.spyOn(Logger.prototype, level).mockImplementation((...told: readonly unknown[]) => {
      calls.push([level, ...told])
    })
    onTestFinished(() => spy.mockRestore())
  }
  log(nestLogger())
  return calls
}

const details = {} as LogDetails

test('an error goes to Nest with its stack', () => {
  const stack = 'Error: lost\n    at somewhere'
  const calls = callsOf((logger) => logger.error('lost', { ...details, stack }))
  expect(calls).toEqual([['error', 'lost', stack]])
})

test('an error without a stack is one argument, so that Nest takes nothing for its context', () => {
  expect(callsOf((logger) => logger.error('lost', details))).toEqual([['error', 'lost']])
})

test('warnings and news go to Nest on their own levels', () => {
  const calls = callsOf((logger) => {
    logger.warn('soon', details)
    logger.info?.('done', details)
  })
  expect(calls).toEqual([
    ['warn', 'soon'],
    ['log', 'done'],
  ])
})
