import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'

export function addFake(program: Program, run: RunCommand): void {
  program
    .command('fake')
    .description('fake')
    .action(
      run(async () => {
        throw new CliError(ExitCode.unexpected, 'fake is not there yet.')
      }),
    )
}
