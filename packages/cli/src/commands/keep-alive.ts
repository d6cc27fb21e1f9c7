import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'
import { wholeNumber } from '../whole-number.ts'

const dayMs = 24 * 60 * 60_000

export function addKeepAlive(program: Program, run: RunCommand): void {
  program
    .command('keep-alive')
    .description('refresh installations whose grant expires soon; run it daily, for example from cron')
    .option(
      '--within <days>',
      'refresh grants that expire within this many days (default: 15)',
      wholeNumber(0),
    )
    .option('--limit <number>', 'process at most this many installations (default: 1000)', wholeNumber(1))
    .option('--concurrency <number>', 'refresh this many at once (default: 4)', wholeNumber(1))
    .option('--json', 'print JSON')
    .action(
      run(async (context, { within, limit, concurrency, json }) => {
        const { output, signal } = context
        const oauth = await context.oauth()
        const report = await oauth.keepAlive({
          signal,
          ...(within === undefined ? {} : { withinMs: within * dayMs }),
          ...(limit === undefined ? {} : { limit }),
          ...(concurrency === undefined ? {} : { concurrency }),
        })
        const { refreshed, skipped, failed, forgotten } = report
        if (json) output.json(report)
        else {
          for (const id of refreshed) output.result(`${id}  refreshed`)
          for (const id of skipped) output.result(`${id}  skipped`)
          for (const id of forgotten) output.result(`${id}  forgotten: its grant has long been dead`)
          for (const { id, code } of failed) output.result(`${id}  failed: ${code}`)
          output.message(
            `${refreshed.length} refreshed, ${skipped.length} skipped, ${failed.length} failed, ${forgotten.length} forgotten.`,
          )
        }
        return failed.length > 0 ? ExitCode.incomplete : ExitCode.ok
      }),
    )
}
