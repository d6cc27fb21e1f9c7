import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'

export function addToken(program: Program, run: RunCommand): void {
  program
    .command('token')
    .description('token')
    .action(
      run(async () => {
        throw new CliError(ExitCode.unexpected, 'token is not there yet.')
      }),
    )
}
