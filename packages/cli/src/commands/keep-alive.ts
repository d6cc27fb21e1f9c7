import { InvalidArgumentError } from '@commander-js/extra-typings'
import type { KeepAliveReport, KeepAliveResult } from '@pd/oauth-core'
import { ExitCode } from '../exit-code.ts'
import { exitCodeOfCode } from '../exit-code-of.ts'
import type { Program } from '../global-options.ts'
import type { Output } from '../output.ts'
import type { RunCommand } from '../run-command.ts'
import { wholeNumber } from '../whole-number.ts'

const dayMs = 24 * 60 * 60_000
const progressEvery = 1_000

export function addKeepAlive(program: Program, run: RunCommand): void {
  program
    .command('keep-alive')
    .description('refresh installations whose grant expires soon; run it daily, for example from cron')
    .option(
      '--within <days>',
      'refresh exactly the grants that expire within this many days (default: 15, and a part of those that would be due all at once later)',
      wholeNumber(0),
    )
    .option('--concurrency <number>', 'refresh this many at once (default: 4)', wholeNumber(1))
    .option(
      '--per-second <number>',
      'start at most this many refreshes per second (default: as many as Pipedrive allows)',
      positiveNumber,
    )
    .option('--dry-run', 'change nothing, and say what would be done')
    .option('--json', 'print the report as JSON')
    .action(
      run(async (context, { within, concurrency, perSecond, dryRun, json }) => {
        const { output, signal } = context
        const oauth = await context.oauth()
        const report = await oauth.keepAlive({
          signal,
          concurrency,
          perSecond,
          dryRun,
          withinMs: within === undefined ? undefined : within * dayMs,
          onResult: json ? progress(output) : (result) => output.result(lineOf(result, dryRun === true)),
        })
        if (json) output.json(report)
        else output.message(summaryOf(report))
        return exitCodeOfReport(report)
      }),
    )
}

function positiveNumber(value: string): number {
  const number = /^\d{1,6}(\.\d{1,3})?$/.test(value) ? Number(value) : 0
  if (number > 0) return number
  throw new InvalidArgumentError('It must be a number greater than 0.')
}

/** Returns a listener that says on standard error how far the run is, now and then. */
function progress(output: Output): () => void {
  let done = 0
  return () => {
    done++
    if (done % progressEvery === 0) output.message(`${done} done …`)
  }
}

function lineOf(result: KeepAliveResult, isDryRun: boolean): string {
  const { id } = result
  switch (result.outcome) {
    case 'refreshed':
      return `${id}  ${isDryRun ? 'would be refreshed' : 'refreshed'}`
    case 'forgotten':
      return `${id}  ${isDryRun ? 'would be forgotten' : 'forgotten'}: its grant has long been dead`
    case 'absent':
      return `${id}  has no record: only the index of the store knows it`
    case 'skipped':
      return `${id}  skipped: ${reasons[result.reason]}`
    case 'failed':
      return `${id}  failed: ${result.code}`
  }
}

const reasons: Readonly<Record<Extract<KeepAliveResult, { outcome: 'skipped' }>['reason'], string>> = {
  not_due: 'no longer due',
  refreshed_elsewhere: 'another process refreshes it',
  cooling_down: 'a refresh failed a moment ago',
  dead: 'the user has to connect again',
}

function summaryOf(report: KeepAliveReport): string {
  const { refreshed, skipped, failed, forgotten, left, soonestExpiryAt, stopped } = report
  const counts = `${refreshed} refreshed, ${skipped} skipped, ${failed} failed, ${forgotten} forgotten.`
  const soonest =
    soonestExpiryAt === undefined ? '' : `, the next on ${new Date(soonestExpiryAt).toISOString()}`
  return [
    report.dryRun ? `Nothing was changed. A run would come to: ${counts}` : counts,
    ...(left === undefined || left === 0 || report.dryRun ? [] : [`${left} still expire soon${soonest}.`]),
    ...(stopped === undefined ? [] : [stopSentence(stopped)]),
  ].join('\n')
}

type Stop = NonNullable<KeepAliveReport['stopped']>

function stopSentence(stopped: Stop): string {
  if (stopped.reason === 'signal') return 'The run was interrupted. The next one goes on.'
  if (stopped.reason === 'outage')
    return `The run ended early, because every request failed: ${stopped.code}. The next one goes on.`
  const { retryAfterMs } = stopped
  const when =
    retryAfterMs === undefined ? '' : ` Run it again in ${Math.ceil(retryAfterMs / 60_000)} minutes.`
  return `The run ended early, because Pipedrive asks to wait.${when}`
}

function exitCodeOfReport({ failed, stopped }: KeepAliveReport): ExitCode {
  if (stopped?.reason === 'rate_limit') return ExitCode.pipedrive
  if (stopped?.reason === 'outage') return exitCodeOfCode(stopped.code)
  return failed > 0 || stopped !== undefined ? ExitCode.incomplete : ExitCode.ok
}
