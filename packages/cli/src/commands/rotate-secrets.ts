import type { TokenStore } from '@pd/oauth-core'
import { defaultReconnectLinkMs, defaultSessionMs, type ResealReport } from '@pd/oauth-core/adapter'
import { SingleBar } from 'cli-progress'
import { CliError } from '../cli-error.ts'
import type { CommandContext } from '../command-context.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'
import { ensureSecrets } from '../secrets/ensure-secrets.ts'
import { keepNewestSecret, prependSecret } from '../secrets/change-secrets.ts'
import { instantText } from '../show/instant-text.ts'
import { wholeNumber } from '../whole-number.ts'

export function addRotateSecrets(program: Program, run: RunCommand): void {
  program
    .command('rotate-secrets')
    .description('seal every stored record with the newest secret; may be interrupted and run again')
    .option('--new', 'first add a new secret as the first line of the secrets file')
    .option(
      '--remove-old',
      'afterwards, if no record failed, keep only the newest secret in that file; older sessions end',
    )
    .option('--concurrency <number>', 'write this many records at once (default: 4)', wholeNumber(1))
    .option('--json', 'print JSON')
    .action(
      run(async (context, { new: isNew = false, removeOld = false, concurrency, json = false }) => {
        const { output } = context
        const path = isNew || removeOld ? secretsPath(context) : undefined
        if (isNew && path !== undefined) {
          // A run that cannot begin leaves the file as it was.
          await context.prepared()
          context.signal.throwIfAborted()
          prependSecret(path)
        }
        const secrets = secretsOf(context)
        const again = () => {
          if (isNew) output.message('The new secret was added. Run it again without --new.')
        }
        const failed: { id: string; code: string }[] = []
        const { resealed, current, gone } = await resealAll(context, concurrency, failed).catch((error) => {
          again()
          throw error
        })
        if (json) output.json({ resealed, current, gone, failed })
        else for (const { id, code } of failed) output.result(`${id}  failed: ${code}`)
        output.message(
          `${resealed} sealed with the newest secret, ${current} already were, ${failed.length} failed.`,
        )
        if (failed.length > 0) {
          output.message('Keep the older secrets: the records that failed were not changed.')
          again()
          return ExitCode.incomplete
        }
        if (removeOld && path !== undefined) keepNewestSecret(path, secrets[0] ?? '')
        output.message(
          nextStep(secrets.length - 1, removeOld, (await context.oauth()).policy.consentTimeoutMs, context),
        )
        return ExitCode.ok
      }),
    )
}

/** Says until when the older secrets are needed, or what their removal has ended. */
function nextStep(
  older: number,
  isRemoved: boolean,
  consentTimeoutMs: number,
  { settings }: CommandContext,
): string {
  if (older === 0) return 'There are no older secrets.'
  const secrets = older === 1 ? '1 older secret' : `${older} older secrets`
  if (isRemoved)
    return (
      `Removed ${secrets}. Sessions, reconnect links and attempts to connect that were sealed with them are over; ` +
      'their users have to sign in again.'
    )
  const removal =
    'path' in settings.secrets
      ? 'pd-oauth rotate-secrets --remove-old'
      : `remove ${older === 1 ? 'it' : 'them'} from ${settings.origins.get('secrets')}`
  const neededUntil = Date.now() + Math.max(defaultSessionMs, defaultReconnectLinkMs, consentTimeoutMs)
  return (
    'Still sealed with an older secret: sessions (30 days), reconnect links (7 days) and attempts to connect. ' +
    `Keep ${secrets} until ${instantText(neededUntil)}, if every process has the newest one now; longer if your ` +
    `application sets a longer sessionMs or lifetimeMs. Then: ${removal}`
  )
}

/** Reseals every record, collects those that failed, and shows a progress bar on a terminal. */
async function resealAll(
  context: CommandContext,
  concurrency: number | undefined,
  failed: { id: string; code: string }[],
): Promise<ResealReport> {
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
    return await oauth.reseal({
      signal,
      concurrency,
      onResult: (result) => {
        if (result.outcome === 'failed') failed.push({ id: result.id, code: result.code })
        bar.increment()
      },
    })
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

/** Returns the sealing secrets that the client uses. */
function secretsOf({ settings, output }: CommandContext): readonly string[] {
  const { secrets } = settings
  return 'path' in secrets ? ensureSecrets(secrets, output) : secrets
}

function secretsPath({ settings }: CommandContext): string {
  const { secrets } = settings
  if ('path' in secrets) return secrets.path
  throw new CliError(
    ExitCode.configuration,
    'The sealing secrets come from PD_OAUTH_SECRETS, not from a file. Change them there, without --new and --remove-old.',
  )
}
