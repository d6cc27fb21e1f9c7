import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'

export function addSecret(program: Program, run: RunCommand): void {
  program
    .command('secret')
    .description('secret')
    .action(
      run(async () => {
        throw new CliError(ExitCode.unexpected, 'secret is not there yet.')
      }),
    )
}
