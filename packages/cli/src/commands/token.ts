import { chooseInstallation } from '../choose-installation.ts'
import type { Program } from '../global-options.ts'
import { installationArgument } from '../installation-argument.ts'
import type { RunCommand } from '../run-command.ts'

export function addToken(program: Program, run: RunCommand): void {
  program
    .command('token')
    .description('print a valid access token, after a refresh if that is needed')
    .argument('[installation]', 'such as 123:456; default: the only one', installationArgument)
    .addHelpText(
      'after',
      '\nExample:\n  curl -H "Authorization: Bearer $(pd-oauth token)" https://api.pipedrive.com/api/v2/deals',
    )
    .action(
      run(async (context, named) => {
        const installation = await chooseInstallation(context, named)
        context.output.result(await installation.accessToken({ signal: context.signal }))
      }),
    )
}
