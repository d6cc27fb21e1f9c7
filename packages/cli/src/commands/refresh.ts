import { chooseInstallation } from '../choose-installation.ts'
import type { Program } from '../global-options.ts'
import { installationArgument } from '../installation-argument.ts'
import type { RunCommand } from '../run-command.ts'
import { installationJson } from '../show/installation-json.ts'
import { relativeTime } from '../show/relative-time.ts'

export function addRefresh(program: Program, run: RunCommand): void {
  program
    .command('refresh')
    .description('get a new access token, even if the old one is still valid')
    .argument('[installation]', 'such as 123:456; default: the only one', installationArgument)
    .option('--json', 'print the installation as JSON')
    .action(
      run(async (context, named, { json }) => {
        const { output, signal } = context
        const installation = await chooseInstallation(context, named)
        await installation.refresh({ signal })
        const description = await installation.describe()
        if (json && description !== undefined) return output.json(installationJson(description))
        const expiresAt = description?.accessTokenExpiresAt
        const expiry = expiresAt === undefined ? '' : `; the new token expires ${relativeTime(expiresAt)}`
        return output.message(`Refreshed ${installation.id}${expiry}.`)
      }),
    )
}
