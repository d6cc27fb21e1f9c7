import {
  ReauthorizationRequiredError,
  StoreError,
  type InstallationId,
  type ListedInstallation,
  type PipedriveOAuth,
} from '@pd/oauth-core'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import { installationArgument } from '../installation-argument.ts'
import type { RunCommand } from '../run-command.ts'
import { installationJson } from '../show/installation-json.ts'
import { installationDetails, installationTable } from '../show/installation-table.ts'

export function addStatus(program: Program, run: RunCommand): void {
  program
    .command('status')
    .description('show who is connected, until when, and which scopes are missing')
    .argument(
      '[installation]',
      'such as 123:456, to show all details of one; default: a table of all',
      installationArgument,
    )
    .option('--json', 'print JSON')
    .action(
      run(async (context, named, { json }) => {
        const { output } = context
        const oauth = await context.oauth()
        const id = named ?? context.settings.installation
        const installations = id === undefined ? await all(oauth, context.signal) : [await one(oauth, id)]
        const [first] = installations
        if (json)
          output.json(
            id === undefined ? installations.map(installationJson) : first && installationJson(first),
          )
        else if (first === undefined) output.message('Nobody is connected yet. To connect: pd-oauth login')
        else if (id === undefined) output.result(installationTable(installations, output))
        else output.result(installationDetails(first, output))
        return installations.some(({ status }) => status === 'unreadable') ? ExitCode.store : ExitCode.ok
      }),
    )
}

async function all(oauth: PipedriveOAuth, signal: AbortSignal): Promise<ListedInstallation[]> {
  const installations: ListedInstallation[] = []
  for await (const installation of oauth.installations()) {
    signal.throwIfAborted()
    installations.push(installation)
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
