import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'

export function addDoctor(program: Program, run: RunCommand): void {
  program
    .command('doctor')
    .description('doctor')
    .action(
      run(async () => {
        throw new CliError(ExitCode.unexpected, 'doctor is not there yet.')
      }),
    )
}
