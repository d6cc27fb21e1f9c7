import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'

export function addExchange(program: Program, run: RunCommand): void {
  program
    .command('exchange')
    .description('exchange')
    .action(
      run(async () => {
        throw new CliError(ExitCode.unexpected, 'exchange is not there yet.')
      }),
    )
}
