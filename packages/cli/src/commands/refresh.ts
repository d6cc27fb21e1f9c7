import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'

export function addRefresh(program: Program, run: RunCommand): void {
  program
    .command('refresh')
    .description('refresh')
    .action(
      run(async () => {
        throw new CliError(ExitCode.unexpected, 'refresh is not there yet.')
      }),
    )
}
