import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'

export function addImport(program: Program, run: RunCommand): void {
  program
    .command('import')
    .description('import')
    .action(
      run(async () => {
        throw new CliError(ExitCode.unexpected, 'import is not there yet.')
      }),
    )
}
