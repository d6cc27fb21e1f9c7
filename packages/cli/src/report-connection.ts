import type { Connected } from '@pd/oauth-core'
import type { CommandContext } from './command-context.ts'
import { companyNameOf, userNameOf } from './show/account-name.ts'
import { installationJson } from './show/installation-json.ts'

/** Says who has been connected. */
export async function reportConnection(
  { installation, account, firstTime }: Connected,
  json: boolean,
  context: CommandContext,
): Promise<void> {
  const { output } = context
  const description = await installation.describe()
  const whom = `${installation.id} (${userNameOf(account)}, ${companyNameOf(account)})`
  if (json && description !== undefined) output.json(installationJson(description))
  else output.result(`${firstTime ? 'Connected' : 'Connected again'} ${whom}`)
  const { isLasting } = await context.store()
  if (!isLasting)
    output.warning('The store is in memory: it is gone when this command ends. Give --store another one.')
}
