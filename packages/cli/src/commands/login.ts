import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'

export function addLogin(program: Program, run: RunCommand): void {
  program
    .command('login')
    .description('login')
    .action(
      run(async () => {
        throw new CliError(ExitCode.unexpected, 'login is not there yet.')
      }),
    )
}
