import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'

export function addUrl(program: Program, run: RunCommand): void {
  program
    .command('url')
    .description('url')
    .action(
      run(async () => {
        throw new CliError(ExitCode.unexpected, 'url is not there yet.')
      }),
    )
}
