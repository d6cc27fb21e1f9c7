import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'

export function addKeepAlive(program: Program, run: RunCommand): void {
  program
    .command('keep-alive')
    .description('keep-alive')
    .action(
      run(async () => {
        throw new CliError(ExitCode.unexpected, 'keep-alive is not there yet.')
      }),
    )
}
