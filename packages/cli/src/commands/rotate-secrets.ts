import type { ResealedInstallation, TokenStore } from '@pd/oauth-core'
import { SingleBar } from 'cli-progress'
import { CliError } from '../cli-error.ts'
import type { CommandContext } from '../command-context.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'
import { ensureSecrets } from '../secrets/ensure-secrets.ts'
import { keepNewestSecret, prependSecret } from '../secrets/change-secrets.ts'
import { wholeNumber } from '../whole-number.ts'

export function addRotateSecrets(program: Program, run: RunCommand): void {
  program
    .command('rotate-secrets')
    .description('seal everything stored with the newest secret; may be broken off and run again')
    .option('--new', 'first put a new secret in front of the file of sealing secrets')
    .option('--remove-old', 'afterwards, if nothing failed, leave only the newest secret in that file')
    .option('--concurrency <number>', 'write so many records at once (default: 4)', wholeNumber(1))
    .option('--json', 'print JSON')
    .action(
      run(async (context, { new: isNew = false, removeOld = false, concurrency, json = false }) => {
        const { output } = context
        const path = isNew || removeOld ? secretsPath(context) : undefined
        if (isNew && path !== undefined) prependSecret(path, output)
        const secrets = secretsOf(context)
        const counts = { resealed: 0, current: 0, gone: 0 }
        const failed: { id: string; code: string }[] = []
        await eachResealed(context, concurrency, (result) => {
          if (result.outcome === 'failed') failed.push({ id: result.id, code: result.error.code })
          else counts[result.outcome] += 1
        })
        if (json) output.json({ ...counts, failed })
        else for (const { id, code } of failed) output.result(`${id}  failed: ${code}`)
        output.message(
          `${counts.resealed} sealed with the newest secret, ${counts.current} were so already, ${failed.length} failed.`,
        )
        if (failed.length > 0) {
          output.message('Keep the older secrets: what failed was left as it is.')
          return ExitCode.incomplete
        }
        if (removeOld && path !== undefined) keepNewestSecret(path, secrets[0] ?? '', output)
        output.message(farewell(secrets.length - 1, removeOld))
        return ExitCode.ok
      }),
    )
}

function farewell(older: number, isRemoved: boolean): string {
  if (older === 0) return 'There are no older secrets.'
  if (isRemoved) return `Removed what was older (${older}). Sessions of browsers that were begun with it end.`
  const ones = older === 1 ? 'The older one' : `The ${older} older ones`
  return `${ones} can go, once every process has the newest: pd-oauth rotate-secrets --remove-old`
}

/** Goes through all there is, with a progress bar where a person looks on. */
async function eachResealed(
  context: CommandContext,
  concurrency: number | undefined,
  take: (result: ResealedInstallation) => void,
): Promise<void> {
  const { signal } = context
  const oauth = await context.oauth()
  const { store } = await context.store()
  const bar = new SingleBar({
    format: '{bar} {percentage}% | {value} of {total} | {eta_formatted} left',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    gracefulExit: false,
  })
  const isShown = process.stderr.isTTY === true
  if (isShown) bar.start(await count(store), 0)
  try {
    for await (const result of oauth.reseal({
      signal,
      ...(concurrency === undefined ? {} : { concurrency }),
    })) {
      take(result)
      bar.increment()
    }
  } finally {
    bar.stop()
  }
}

async function count(store: TokenStore): Promise<number> {
  let total = 0
  let cursor: string | undefined
  do {
    const page = await store.list?.({ limit: 1_000, ...(cursor === undefined ? {} : { cursor }) })
    total += page?.ids.length ?? 0
    cursor = page?.cursor
  } while (cursor !== undefined)
  return total
}

/** As the client has them. */
function secretsOf({ settings, output }: CommandContext): readonly string[] {
  const { secrets } = settings
  return 'path' in secrets ? ensureSecrets(secrets, output) : secrets
}

function secretsPath({ settings }: CommandContext): string {
  const { secrets } = settings
  if ('path' in secrets) return secrets.path
  throw new CliError(
    ExitCode.configuration,
    'The sealing secrets are in PD_OAUTH_SECRETS, not in a file: change them there, without --new and --remove-old.',
  )
}
