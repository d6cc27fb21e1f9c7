import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { TestCase, TestModule, Vitest } from 'vitest/node'
import { hangReporter } from '../hang-reporter.ts'

const patienceMs = 600_000
const moduleOf = (project: string) =>
  ({ id: project, relativeModuleId: 'test/login.test.ts' }) as unknown as TestModule
const testOf = (module: TestModule, fullName: string) => ({ module, fullName }) as unknown as TestCase

const exit = vi.fn()
let said: string[] = []
beforeEach(() => {
  vi.useFakeTimers()
  said = []
  vi.spyOn(console, 'error').mockImplementation((text: string) => void said.push(text))
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  exit.mockReset()
  process.exitCode = undefined
})

function startRun() {
  const reporter = hangReporter(patienceMs)
  reporter.onInit?.({ exit } as unknown as Vitest)
  reporter.onTestRunStart?.([])
  return reporter
}

test('a file that reports nothing for so long ends the run, with the names of the tests that it was running', () => {
  const reporter = startRun()
  const module = moduleOf('core')
  reporter.onTestModuleStart?.(module)
  reporter.onTestCaseReady?.(testOf(module, 'loops for ever'))
  vi.advanceTimersByTime(patienceMs)
  expect(exit).not.toHaveBeenCalled()
  vi.advanceTimersByTime(2_000)
  expect(exit).toHaveBeenCalledExactlyOnceWith(true)
  expect(said.join()).toContain('test/login.test.ts hangs')
  expect(said.join()).toContain('loops for ever')
})

test('a result that comes after the end of its file does not make the file run again', () => {
  const reporter = startRun()
  const module = moduleOf('desktop')
  const late = testOf(module, 'is reported late')
  reporter.onTestModuleStart?.(module)
  reporter.onTestCaseReady?.(late)
  reporter.onTestModuleEnd?.(module)
  reporter.onTestCaseResult?.(late)
  vi.advanceTimersByTime(2 * patienceMs)
  expect(exit).not.toHaveBeenCalled()
})

test('files of one name in two packages are two', () => {
  const reporter = startRun()
  reporter.onTestModuleStart?.(moduleOf('core'))
  reporter.onTestModuleStart?.(moduleOf('cli'))
  reporter.onTestModuleEnd?.(moduleOf('core'))
  vi.advanceTimersByTime(2 * patienceMs)
  expect(exit).toHaveBeenCalledExactlyOnceWith(true)
})
