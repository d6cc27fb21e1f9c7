import { defaultReconnectLinkMs } from '@pd/oauth-core/adapter'
import type { Program } from '../global-options.ts'
import { installationArgument } from '../installation-argument.ts'
import { isOnThisMachine } from '../is-on-this-machine.ts'
import type { RunCommand } from '../run-command.ts'
import { wholeNumber } from '../whole-number.ts'

const dayMs = 24 * 60 * 60_000
const defaultDays = defaultReconnectLinkMs / dayMs
/** Ten years. */
const mostDays = 3_650

export function addReconnectLink(program: Program, run: RunCommand): void {
  program
    .command('reconnect-link')
    .description(
      'print an address to send to a user who has to connect again; your application must answer it',
    )
    .argument('<installation>', 'such as 123:456', installationArgument)
    .option(
      '--days <number>',
      `how long the address works, at most ${mostDays} (default: ${defaultDays})`,
      wholeNumber(1, mostDays),
    )
    .option('--json', 'print JSON')
    .action(
      run(async (context, id, { days = defaultDays, json }) => {
        const { output } = context
        const oauth = await context.oauth()
        const url = await oauth.reconnectLink(id, { lifetimeMs: days * dayMs })
        if (json) output.json({ id, url, expiresAt: new Date(Date.now() + days * dayMs).toISOString() })
        else output.result(url)
        if (isOnThisMachine(url))
          output.warning(
            'This address leads to this machine. Give the callback address of your application: --redirect-uri',
          )
      }),
    )
}
