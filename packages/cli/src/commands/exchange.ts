import { CallbackError, type CallbackResult, type PipedriveOAuth } from '@pd/oauth-core'
import { AttemptFiles } from '../attempt-files.ts'
import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import { defaultPaths } from '../paths.ts'
import { reportConnection } from '../report-connection.ts'
import type { RunCommand } from '../run-command.ts'

export function addExchange(program: Program, run: RunCommand): void {
  program
    .command('exchange')
    .description('finish what url began: store the installation of the user who allowed access')
    .argument(
      '[callback]',
      'the callback address, or its code alone; - (the default) asks, or reads standard input',
    )
    .option('--json', 'print the installation as JSON')
    .action(
      run(async (context, callback = '-', { json = false }) => {
        const oauth = await context.oauth()
        const question = 'Callback address or code: '
        const pasted = callback === '-' ? await context.input.line(question) : callback
        await reportConnection(await exchange(oauth, pasted.trim()), json, context)
      }),
    )
}

async function exchange(oauth: PipedriveOAuth, pasted: string): Promise<CallbackResult> {
  const files = new AttemptFiles(defaultPaths().attempts, oauth.policy.consentTimeoutMs)
  const callbackUrl = await callbackUrlIn(oauth, pasted, files)
  const claimed = files.claim(new URL(callbackUrl).searchParams.get('state') ?? '')
  try {
    const result = await oauth.callback(callbackUrl, claimed?.attempt)
    claimed?.remove()
    return result
  } catch (error) {
    if (error instanceof CallbackError) claimed?.remove()
    else claimed?.giveBack()
    throw error
  }
}

/** Returns the callback address that was pasted. A code alone gets the state of the only waiting attempt. */
async function callbackUrlIn(oauth: PipedriveOAuth, pasted: string, files: AttemptFiles): Promise<string> {
  const { callbackUrlOf } = await import('@pd/oauth-desktop')
  try {
    return callbackUrlOf(oauth, pasted)
  } catch (error) {
    const isCodeAlone = error instanceof CallbackError && error.code === 'state_mismatch'
    if (!isCodeAlone) throw error
    return callbackUrlOf(oauth, pasted, onlyState(files))
  }
}

/** Returns the state of the only waiting attempt: a code without its address must belong to that one. */
function onlyState(files: AttemptFiles): string {
  const [only, ...others] = files.waiting()
  if (only !== undefined && others.length === 0) return only.state
  throw new CliError(
    ExitCode.authorization,
    only === undefined
      ? 'No attempt is waiting for its callback. Begin one with: pd-oauth url'
      : 'Several attempts are waiting for their callback. Give the whole callback address, not the code alone.',
  )
}
