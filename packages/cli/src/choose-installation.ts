import {
  ReauthorizationRequiredError,
  type Installation,
  type InstallationId,
  type ListedInstallation,
} from '@pd/oauth-core'
import { CliError } from './cli-error.ts'
import type { CommandContext } from './command-context.ts'
import { ExitCode } from './exit-code.ts'
import { companyNameOf, userNameOf } from './show/account-name.ts'

/** How many installations the error names at most. */
const most = 20

/**
 * Returns the installation that the user named; without a name, the only one in the store.
 * @throws {CliError} with a list, when the store has several
 * @throws {ReauthorizationRequiredError} `not_installed`, when the store has none
 */
export async function chooseInstallation(
  context: CommandContext,
  argument: InstallationId | undefined,
): Promise<Installation> {
  const oauth = await context.oauth()
  const named = argument ?? context.settings.installation
  if (named !== undefined) return oauth.installation(named)
  const found: ListedInstallation[] = []
  for await (const installation of oauth.installations()) {
    context.signal.throwIfAborted()
    if (found.push(installation) > most) break
  }
  const [only] = found
  if (only === undefined) throw new ReauthorizationRequiredError('not_installed')
  if (found.length === 1) return oauth.installation(only.id)
  throw new CliError(ExitCode.usage, ambiguous(found))
}

function ambiguous(found: readonly ListedInstallation[]): string {
  const lines = found
    .slice(0, most)
    .map((installation) => `  --installation ${installation.id}${ownerOf(installation)}`)
  const more = found.length > most ? '\n  … and more: pd-oauth status lists them' : ''
  return `There are several installations; say which one:\n${lines.join('\n')}${more}`
}

function ownerOf(installation: ListedInstallation): string {
  if (installation.status === 'unreadable') return '   (unreadable)'
  return `   ${userNameOf(installation.account)}, ${companyNameOf(installation.account)}`
}
