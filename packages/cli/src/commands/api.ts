import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'

export function addApi(program: Program, run: RunCommand): void {
  program
    .command('api')
    .description('api')
    .action(
      run(async () => {
        throw new CliError(ExitCode.unexpected, 'api is not there yet.')
      }),
    )
}
