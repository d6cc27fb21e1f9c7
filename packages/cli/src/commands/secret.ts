import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'
import { newSecret } from '../secrets/new-secret.ts'
import { prependSecret } from '../secrets/change-secrets.ts'

export function addSecret(program: Program, run: RunCommand): void {
  program
    .command('secret')
    .description('print a new sealing secret')
    .option('--add', 'put it in front of those in the file of sealing secrets, instead of printing it')
    .action(
      run(async (context, { add }) => {
        const { output } = context
        if (!add) return output.result(newSecret())
        const { secrets } = context.settings
        if (!('path' in secrets))
          throw new CliError(
            ExitCode.configuration,
            'The sealing secrets are in PD_OAUTH_SECRETS, not in a file: put what pd-oauth secret prints in front there.',
          )
        const count = prependSecret(secrets.path, output)
        output.message(
          count === 1
            ? `Made ${secrets.path} with a sealing secret.`
            : `Put a new sealing secret in front of ${count - 1} in ${secrets.path}. What is stored still opens; ` +
                'to seal it with the new one: pd-oauth rotate-secrets',
        )
      }),
    )
}
