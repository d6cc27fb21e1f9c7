import { ReauthorizationRequiredError, type History, type InstallationDescription } from '@pd/oauth-core'
import { chooseInstallation } from '../choose-installation.ts'
import { disconnectionSentence } from '../explain/disconnection-sentence.ts'
import { historySentence } from '../explain/history-sentence.ts'
import { nextSteps } from '../explain/next-steps.ts'
import type { Program } from '../global-options.ts'
import { installationArgument } from '../installation-argument.ts'
import type { RunCommand } from '../run-command.ts'
import { companyNameOf, userNameOf } from '../show/account-name.ts'
import { installationJson } from '../show/installation-json.ts'
import { instantText } from '../show/instant-text.ts'

export function addExplain(program: Program, run: RunCommand): void {
  program
    .command('explain')
    .description('tell what happened to an installation and what to do next')
    .argument('[installation]', 'such as 123:456; default: the only one', installationArgument)
    .option('--json', 'print JSON')
    .action(
      run(async (context, named, { json }) => {
        const { output } = context
        const installation = await chooseInstallation(context, named)
        const description = await installation.describe()
        if (description === undefined)
          throw new ReauthorizationRequiredError('not_installed', installation.id)
        const history = (await installation.history()) ?? []
        const { policy } = await context.oauth()
        const steps = nextSteps(description, history, policy)
        if (json) output.json(explanationJson(description, history, steps))
        else output.result(explanation(description, history, steps))
      }),
    )
}

function explanation(
  { id, account, status, disconnected }: InstallationDescription,
  history: History,
  steps: readonly string[],
): string {
  const lines = history.map(
    (entry, index) => `${instantText(entry.at)}  ${historySentence(entry, index === 0)}`,
  )
  return [
    `${id} (${userNameOf(account)}, ${companyNameOf(account)}) is ${status.replaceAll('_', ' ')}.`,
    ...(disconnected === undefined ? [] : [disconnectionSentence(disconnected)]),
    '',
    ...(lines.length === 0 ? ['No history is stored.'] : lines),
    '',
    ...(steps.length === 0 ? ['There is nothing to do.'] : steps),
  ].join('\n')
}

function explanationJson(
  description: InstallationDescription,
  history: History,
  steps: readonly string[],
): object {
  return {
    ...installationJson(description),
    ...(description.disconnected && { why: disconnectionSentence(description.disconnected) }),
    history: history.map((entry, index) => ({
      ...entry,
      at: new Date(entry.at).toISOString(),
      firstAt: new Date(entry.firstAt).toISOString(),
      sentence: historySentence(entry, index === 0),
    })),
    nextSteps: steps,
  }
}
