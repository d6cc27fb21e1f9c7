import { ReauthorizationRequiredError } from '@pd/oauth-core'
import { CliError } from './cli-error.ts'
import type { CommandContext } from './command-context.ts'
import { errorText } from './error-text.ts'
import { exitCodeOf } from './exit-code-of.ts'

/** Returns the error. If it says that there is no installation, it also says in which store, and what that may mean. */
export async function withPlace(error: unknown, context: CommandContext): Promise<unknown> {
  if (!(error instanceof ReauthorizationRequiredError) || error.code !== 'not_installed') return error
  const { installationId: id } = error
  const [first, ...hint] = errorText(error).split('\n')
  const where = await missingText(context, id === undefined ? 'no installation' : `no record of ${id}`)
  return new CliError(exitCodeOf(error), [first, `${where}.`, ...hint].join('\n'))
}

/** Returns which store has nothing, and what that may mean. */
export async function missingText(context: CommandContext, nothing: string): Promise<string> {
  const { address } = await context.store()
  const origin = context.settings.origins.get('store')
  const from =
    origin === undefined
      ? 'the default: is it the store of your application? If not, give --store or PD_OAUTH_STORE'
      : `from ${origin}`
  return (
    `${address} (${from}) has ${nothing}. Nobody has connected, or the app was uninstalled: ` +
    'then the log of the application has a line with the code uninstalled'
  )
}
