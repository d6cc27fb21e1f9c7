import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'

export function addStatus(program: Program, run: RunCommand): void {
  program
    .command('status')
    .description('status')
    .action(
      run(async () => {
        throw new CliError(ExitCode.unexpected, 'status is not there yet.')
      }),
    )
}
