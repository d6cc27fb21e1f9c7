import { Logger } from '@nestjs/common'
import type { KeepAliveReport, PipedriveOAuth } from '@pd/oauth-core'
import { expect, onTestFinished, test, vi } from 'vitest'
import { PipedriveKeepAlive } from '../src/index.ts'

const nothing = {
  refreshed: 0,
  skipped: 0,
  failed: 0,
  forgotten: 0,
  isComplete: true,
  failures: [],
} as unknown as KeepAliveReport

/** Runs with a client whose `keepAlive()` has this result. Resolves to what was logged. */
async function logOf(report: Partial<KeepAliveReport>): Promise<readonly string[]> {
  const lines: string[] = []
  for (const level of ['log', 'warn'] as const) {
    const spy = vi.spyOn(Logger.prototype, level).mockImplementation((line: unknown) => {
      lines.push(`${level}: ${String(line)}`)
    })
    onTestFinished(() => spy.mockRestore())
  }
  const given = { ...nothing, ...report }
  const keepAlive = vi.fn(async () => given)
  const service = new PipedriveKeepAlive({ keepAlive } as unknown as PipedriveOAuth)
  expect(await service.run({ concurrency: 2 })).toBe(given)
  expect(keepAlive).toHaveBeenCalledExactlyOnceWith({ concurrency: 2 })
  return lines
}

const failuresOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `1:${index + 1}`, code: 'store_unavailable' })) as never

test.each([
  [
    'a whole run',
    { refreshed: 3, skipped: 2, forgotten: 1 },
    'log: 3 refreshed, 2 skipped, 0 failed, 1 forgotten',
  ],
  ['what is left', { refreshed: 3, left: 0 }, 'log: 3 refreshed, 0 skipped, 0 failed, 0 forgotten, 0 left'],
  [
    'failures, as a warning that names them',
    { failed: 2, failures: failuresOf(2) },
    'warn: 0 refreshed, 0 skipped, 2 failed, 0 forgotten: 1:1 (store_unavailable), 1:2 (store_unavailable)',
  ],
  [
    'an early end, as a warning with its reason',
    { refreshed: 5, left: 7, stopped: { reason: 'signal' } as const },
    'warn: The run ended early (signal). 5 refreshed, 0 skipped, 0 failed, 0 forgotten, 7 left',
  ],
])('a run logs %s', async (_what, report, line) => {
  expect(await logOf(report)).toEqual([line])
})

test.each([
  [10, false],
  [11, true],
])('of %i failures ten are named, and whether there are more', async (count, hasMore) => {
  const [line = ''] = await logOf({ failed: count, failures: failuresOf(count) })
  expect([line.match(/store_unavailable/g)?.length, line.endsWith(', …')]).toEqual([10, hasMore])
})
