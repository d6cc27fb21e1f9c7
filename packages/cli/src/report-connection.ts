import type { Connected } from '@pd/oauth-core'
import type { CommandContext } from './command-context.ts'
import { companyNameOf, userNameOf } from './show/account-name.ts'
import { installationJson } from './show/installation-json.ts'

/** Prints who has connected. Warns if the store is in memory. */
export async function reportConnection(
  { installation, account, firstTime }: Connected,
  json: boolean,
  context: CommandContext,
): Promise<void> {
  const { output } = context
  const description = await installation.describe()
  const name = `${installation.id} (${userNameOf(account)}, ${companyNameOf(account)})`
  if (json && description !== undefined) output.json(installationJson(description))
  else output.result(`${firstTime ? 'Connected' : 'Connected again'} ${name}`)
  const { isLasting } = await context.store()
  if (!isLasting)
    output.warning(
      'The store is in memory, so the installation is lost when this command ends. Name a lasting store with --store.',
    )
}
