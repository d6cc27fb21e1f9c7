import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'

export function addUninstall(program: Program, run: RunCommand): void {
  program
    .command('uninstall')
    .description('uninstall')
    .action(
      run(async () => {
        throw new CliError(ExitCode.unexpected, 'uninstall is not there yet.')
      }),
    )
}
