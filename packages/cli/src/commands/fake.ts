import { once } from 'node:events'
import { createFakePipedrive, type Listening } from '@pd/fake-pipedrive'
import { CliError } from '../cli-error.ts'
import type { CommandContext } from '../command-context.ts'
import { ExitCode } from '../exit-code.ts'
import { codeOf } from '../files/owner-only.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'
import { wholeNumber } from '../whole-number.ts'

const defaultPort = 4700

export function addFake(program: Program, run: RunCommand): void {
  program
    .command('fake')
    .description(
      'start a fake Pipedrive on this machine to try things out; it forgets everything when it ends',
    )
    .option(
      '--port <number>',
      `port to listen on; 0 takes any free port (default: ${defaultPort})`,
      wholeNumber(0),
    )
    .option('--rotate', 'answer every refresh with a new refresh token')
    .option('--json', 'print the settings as JSON')
    .action(
      run(async (context, { port = defaultPort, rotate = false, json = false }) => {
        const { output, settings } = context
        const { clientId, redirectUri } = settings
        await using fake = createFakePipedrive({
          redirectUri,
          rotateRefreshTokens: rotate,
          ...(clientId === undefined ? {} : { clientId }),
        })
        const { origin } = await listening(fake.listen({ port }), port)
        const variables = {
          PIPEDRIVE_CLIENT_ID: fake.app.clientId,
          PIPEDRIVE_CLIENT_SECRET: fake.app.clientSecret,
          PIPEDRIVE_REDIRECT_URI: redirectUri,
          PIPEDRIVE_ORIGIN: origin,
        }
        if (json) output.json({ origin, variables })
        else for (const [name, value] of Object.entries(variables)) output.result(`export ${name}=${value}`)
        output.message(
          `A fake Pipedrive listens on ${origin}. Open that address to see its users and calls. Ctrl-C ends it.`,
        )
        await ended(context)
      }),
    )
}

async function listening(begun: Promise<Listening>, port: number): Promise<Listening> {
  try {
    return await begun
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error
    throw new CliError(
      ExitCode.configuration,
      `Another program listens on port ${port}. Name another port with --port; 0 takes any free one.`,
    )
  }
}

async function ended({ signal }: CommandContext): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
