import type { PipedriveOAuth } from '@pd/oauth-core'
import type { CommandContext } from '../command-context.ts'
import { skipped, type Check, type Finding } from '../doctor/check.ts'
import { checkConfiguration, checkNode, checkPermissions } from '../doctor/machine-checks.ts'
import { checkCallback, checkClient, checkClock } from '../doctor/pipedrive-checks.ts'
import { checkHealth, checkInstallations, checkStore } from '../doctor/store-checks.ts'
import { errorText } from '../error-text.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { Output } from '../output.ts'
import type { RunCommand } from '../run-command.ts'
import { printable } from '../show/printable.ts'

type Named = Finding & { readonly check: string }

export function addDoctor(program: Program, run: RunCommand): void {
  program
    .command('doctor')
    .description('check the whole set-up and say what to do')
    .option('--json', 'print JSON')
    .action(
      run(async (context, { json = false }) => {
        const { output, signal } = context
        const findings: Named[] = []
        for (const { name, run } of await checksFor(context)) {
          signal.throwIfAborted()
          for (const finding of await findingsOf(run)) {
            const named = { check: name, ...finding }
            findings.push(named)
            if (!json) output.result(line(named, output))
          }
        }
        if (json) output.json(findings)
        return findings.some(({ status }) => status === 'problem') ? ExitCode.incomplete : ExitCode.ok
      }),
    )
}

async function checksFor(context: CommandContext): Promise<Check[]> {
  const [made] = await Promise.allSettled([context.oauth()])
  const client = made.status === 'fulfilled' ? made.value : undefined
  const failure: unknown = made.status === 'rejected' ? made.reason : undefined
  const isStoreError = failure !== undefined && failure === (await storeError(context))
  const configured = failure === undefined || isStoreError
  const fail = async () => {
    throw failure
  }
  const withClient = (run: (oauth: PipedriveOAuth) => Promise<readonly Finding[]>) =>
    client && (() => run(client))
  return [
    { name: 'node', run: async () => [checkNode(process.version)] },
    { name: 'configuration', run: configured ? async () => checkConfiguration(context.settings) : fail },
    { name: 'files', run: configured ? async () => checkPermissions(context.settings) : undefined },
    { name: 'clock', run: withClient(async (oauth) => [await checkClock(originOf(context), oauth)]) },
    { name: 'client', run: withClient(async (oauth) => [await checkClient(oauth)]) },
    { name: 'callback', run: configured ? () => checkCallback(context.settings.redirectUri) : undefined },
    {
      name: 'store',
      run: isStoreError
        ? fail
        : withClient(async (oauth) => checkStore(oauth, (await context.store()).address)),
    },
    {
      name: 'installations',
      run: withClient(async (oauth) => checkInstallations(oauth, (await context.store()).address)),
    },
    { name: 'health', run: isStoreError ? undefined : withClient(checkHealth) },
  ]
}

/** Returns why the store cannot be opened. It is the same object as the client's failure if that was the reason. */
async function storeError(context: CommandContext): Promise<unknown> {
  try {
    await context.store()
    return undefined
  } catch (error) {
    return error
  }
}

function originOf({ settings }: CommandContext): string {
  return settings.endpoints.oauth ?? 'https://oauth.pipedrive.com'
}

/** Runs a check and returns its findings. An error becomes a problem, so that the other checks still run. */
async function findingsOf(run: Check['run']): Promise<readonly Finding[]> {
  if (run === undefined) return [skipped('Not checked: fix the other problems first')]
  try {
    return await run()
  } catch (error) {
    const [what = '', ...more] = errorText(error).split('\n')
    return [{ status: 'problem', found: what, ...(more.length > 0 && { fix: more.join('\n') }) }]
  }
}

const marks = {
  ok: ['green', '✓'],
  warning: ['yellow', '!'],
  problem: ['red', '✗'],
  skipped: ['dim', '-'],
} as const

function line({ check, status, found, fix }: Named, output: Output): string {
  const [colour, mark] = marks[status]
  const first = `${output.styled(colour, mark)} ${check.padEnd(13)}  ${printable(found)}`
  return fix === undefined ? first : `${first}\n${fix.replace(/^/gm, ' '.repeat(17))}`
}
