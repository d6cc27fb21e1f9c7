import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'

export function addRotateSecrets(program: Program, run: RunCommand): void {
  program
    .command('rotate-secrets')
    .description('rotate-secrets')
    .action(
      run(async () => {
        throw new CliError(ExitCode.unexpected, 'rotate-secrets is not there yet.')
      }),
    )
}
