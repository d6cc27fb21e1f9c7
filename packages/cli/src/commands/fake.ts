import { once } from 'node:events'
import { defaultFakePort, isPortTaken, startFakePipedrive } from '@pd/fake-pipedrive/for-commands'
import { CliError } from '../cli-error.ts'
import type { CommandContext } from '../command-context.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'
import { shellQuoted } from '../show/shell-quoted.ts'
import { wholeNumber } from '../whole-number.ts'

export function addFake(program: Program, run: RunCommand): void {
  program
    .command('fake')
    .description(
      'start a fake Pipedrive on this machine to try things out; it forgets everything when it ends',
    )
    .option(
      '--port <number>',
      `port to listen on; 0 takes any free port (default: ${defaultFakePort})`,
      wholeNumber(0, 65_535),
    )
    .option('--rotate', 'answer every refresh with a new refresh token')
    .option('--json', 'print the settings as JSON')
    .action(
      run(async (context, { port, rotate = false, json = false }) => {
        const { output, settings } = context
        const { clientId, redirectUri } = settings
        const options = { clientId, redirectUri, rotateRefreshTokens: rotate }
        const { fake: started, origin } = await startFakePipedrive(options, { port }).catch(refusePort)
        await using fake = started
        const variables = {
          PIPEDRIVE_CLIENT_ID: fake.app.clientId,
          PIPEDRIVE_CLIENT_SECRET: fake.app.clientSecret,
          PIPEDRIVE_REDIRECT_URI: redirectUri,
          PIPEDRIVE_ORIGIN: origin,
        }
        if (json) output.json({ origin, variables })
        else
          for (const [name, value] of Object.entries(variables))
            output.result(`export ${name}=${shellQuoted(value)}`)
        output.message(
          `A fake Pipedrive listens on ${origin}. Open that address to see its users and calls. Ctrl-C ends it.`,
        )
        await ended(context)
      }),
    )
}

function refusePort(error: unknown): never {
  throw isPortTaken(error) ? new CliError(ExitCode.configuration, error.message) : error
}

async function ended({ signal }: CommandContext): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
