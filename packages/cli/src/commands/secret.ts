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
    .option('--add', 'add it as the first line of the secrets file, instead of printing it')
    .action(
      run(async (context, { add }) => {
        const { output } = context
        if (!add) return output.result(newSecret())
        const { secrets } = context.settings
        if (!('path' in secrets))
          throw new CliError(
            ExitCode.configuration,
            'The sealing secrets come from PD_OAUTH_SECRETS, not from a file. Run pd-oauth secret and put what it prints first there.',
          )
        const count = prependSecret(secrets.path)
        output.message(
          count === 1
            ? `Created ${secrets.path} with a sealing secret.`
            : `Added a new sealing secret in front of ${count - 1} in ${secrets.path}. Stored records stay readable; ` +
                'to seal them with the new secret: pd-oauth rotate-secrets',
        )
      }),
    )
}
