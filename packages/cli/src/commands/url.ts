import { AttemptFiles } from '../attempt-files.ts'
import type { Program } from '../global-options.ts'
import { defaultPaths } from '../paths.ts'
import type { RunCommand } from '../run-command.ts'

export function addUrl(program: Program, run: RunCommand): void {
  program
    .command('url')
    .description('print the address where a user allows access; continue with pd-oauth exchange')
    .option('--json', 'print JSON')
    .action(
      run(async (context, { json }) => {
        const { output } = context
        const oauth = await context.oauth()
        const { url, state, attempt } = await oauth.authorize()
        const { consentTimeoutMs } = oauth.policy
        new AttemptFiles(defaultPaths().attempts, consentTimeoutMs).keep({ state, attempt })
        if (json)
          output.json({ url, state, expiresAt: new Date(Date.now() + consentTimeoutMs).toISOString() })
        else output.result(url)
        output.message(
          `Open this address in a browser and allow access within ${consentTimeoutMs / 60_000} minutes. The browser then goes to ` +
            'the callback address, where nothing has to answer. Give that address to: pd-oauth exchange',
        )
      }),
    )
}
