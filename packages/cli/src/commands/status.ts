import {
  ReauthorizationRequiredError,
  StoreError,
  type InstallationId,
  type ListedInstallation,
  type PipedriveOAuth,
} from '@pd/oauth-core'
import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import { installationArgument } from '../installation-argument.ts'
import { missingText } from '../not-found-where.ts'
import type { RunCommand } from '../run-command.ts'
import { installationJson } from '../show/installation-json.ts'
import { installationDetails, installationTable } from '../show/installation-table.ts'

export function addStatus(program: Program, run: RunCommand): void {
  program
    .command('status')
    .description('show who is connected, until when, and which scopes are missing')
    .argument(
      '[installation]',
      'such as 123:456, to show all details of one (default: the one in the settings, else a table of all)',
      installationArgument,
    )
    .option('--attention', 'only installations that somebody should look at')
    .option('--json', 'print JSON')
    .action(
      run(async (context, named, { attention = false, json }) => {
        const { output } = context
        const oauth = await context.oauth()
        if (attention && named !== undefined)
          throw new CliError(ExitCode.usage, 'Give either --attention or one installation, not both.')
        const id = attention ? undefined : (named ?? context.settings.installation)
        const installations =
          id === undefined ? await all(oauth, attention, context.signal) : [await one(oauth, id)]
        const [first] = installations
        if (json)
          output.json(
            id === undefined ? installations.map(installationJson) : first && installationJson(first),
          )
        else if (first === undefined)
          output.message(
            attention
              ? 'No installation needs attention.'
              : `${await missingText(context, 'no installation')}. To connect: pd-oauth login`,
          )
        else if (id === undefined) output.result(installationTable(installations, output))
        else output.result(installationDetails(first, output))
        return installations.some(({ status }) => status === 'unreadable') ? ExitCode.store : ExitCode.ok
      }),
    )
}

async function all(
  oauth: PipedriveOAuth,
  needsAttention: boolean,
  signal: AbortSignal,
): Promise<ListedInstallation[]> {
  const installations: ListedInstallation[] = []
  for await (const installation of oauth.installations({ needsAttention })) {
    signal.throwIfAborted()
    // An installation may have recovered since the store listed it.
    const hasRecovered = installation.status !== 'unreadable' && !installation.needsAttention
    if (!(needsAttention && hasRecovered)) installations.push(installation)
  }
  return installations
}

async function one(oauth: PipedriveOAuth, id: InstallationId): Promise<ListedInstallation> {
  try {
    const description = await oauth.installation(id).describe()
    if (description !== undefined) return description
  } catch (error) {
    if (!(error instanceof StoreError) || error.retryable) throw error
    return { id, status: 'unreadable', error }
  }
  throw new ReauthorizationRequiredError('not_installed', id)
}
