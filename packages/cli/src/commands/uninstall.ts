import { chooseInstallation } from '../choose-installation.ts'
import { confirmed } from '../confirmed.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import { installationArgument } from '../installation-argument.ts'
import type { RunCommand } from '../run-command.ts'

export function addUninstall(program: Program, run: RunCommand): void {
  program
    .command('uninstall')
    .description('uninstall the app for a user, at Pipedrive and in the store')
    .argument('[installation]', 'such as 123:456; default: the only one', installationArgument)
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--json', 'print JSON')
    .action(
      run(async (context, named, { yes, json }) => {
        const { output } = context
        const installation = await chooseInstallation(context, named)
        const { id } = installation
        const question = `Uninstall ${id}? Its user will have to connect again.`
        if (!yes && !(await confirmed(question, context))) return ExitCode.incomplete
        const wasInstalled = (await installation.describe()) !== undefined
        await installation.uninstall()
        if (json) output.json({ id, wasInstalled })
        else output.message(wasInstalled ? `Uninstalled ${id}.` : `There was no installation ${id}.`)
        return ExitCode.ok
      }),
    )
}
