import type { OpenContext } from '@pd/oauth-desktop'
import { openBy } from '../browser.ts'
import type { CommandContext } from '../command-context.ts'
import { saveConfiguration } from '../config/save-configuration.ts'
import type { Program } from '../global-options.ts'
import { installationArgument } from '../installation-argument.ts'
import { reportConnection } from '../report-connection.ts'
import type { RunCommand } from '../run-command.ts'
import { wholeNumber } from '../whole-number.ts'

export function addLogin(program: Program, run: RunCommand): void {
  program
    .command('login')
    .description('open the browser and store the installation of the user who allows access')
    .option(
      '--browser <command>',
      'command that opens the page, whose address replaces %s (PD_OAUTH_BROWSER)',
    )
    .option('--no-browser', 'print the address instead, then read the callback address or its code')
    .option(
      '--expect <installation>',
      'store nothing unless this user connects, such as 123:456',
      installationArgument,
    )
    .option('--timeout <seconds>', 'how long the user may take (default: 300)', wholeNumber(1))
    .option(
      '--save',
      'save client id, client secret, redirect URI, scopes, store, secrets file and origins in the configuration file',
    )
    .option('--json', 'print the installation as JSON')
    .action(
      run(async (context, { browser, expect, timeout, save = false, json = false }) => {
        const oauth = await context.oauth()
        const isPiped = browser === false && !context.input.isTerminal
        // It brings a server, which takes longer to load than everything else here.
        const { login } = await import('@pd/oauth-desktop')
        const result = await login(oauth, {
          signal: context.signal,
          open: opener(browser, context),
          expect,
          ...(isPiped ? { paste: (url: string) => ask(url, context) } : {}),
          ...(timeout === undefined ? {} : { timeoutMs: timeout * 1_000 }),
        })
        // After the login, so that only settings that work are saved.
        if (save) saveConfiguration(context.settings, await context.clientSecret(), context.output)
        await reportConnection(result, json, context)
      }),
    )
}

function opener(browser: string | boolean | undefined, { output, settings }: CommandContext) {
  if (browser === false) return false
  const command = typeof browser === 'string' ? browser : settings.browser
  if (command === undefined) return true
  const isList = browser !== command && settings.origins.get('browser') === 'BROWSER'
  return (page: string, { signal }: OpenContext) => openBy({ command, isList }, page, output, signal)
}

/** Prints the address and reads the callback from standard input, where there is neither browser nor terminal. */
async function ask(url: string, { input, output }: CommandContext): Promise<string> {
  output.message(`To connect Pipedrive, open this address:\n\n  ${url}\n`)
  return input.line('')
}
