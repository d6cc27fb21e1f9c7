import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import * as fc from 'fast-check'
import { ExitCode } from '../../../packages/cli/src/exit-code.ts'
import { runProgram } from '../../../packages/cli/src/program.ts'
import { anySecret, anyText } from '../any-input.ts'
import { fuzzTarget, marker, type FuzzTarget } from '../fuzz-target.ts'
import { clientId, clientSecret, pipedrive, redirectUri } from '../fuzzed-client.ts'

const commands = [
  'url',
  'exchange',
  'token',
  'api',
  'status',
  'explain',
  'refresh',
  'keep-alive',
  'reconnect-link',
  'uninstall',
  'forget',
  'import',
  'schema',
  'secret',
  'doctor',
  'help',
]
const flags = [
  '--json',
  '--help',
  '--version',
  '--config',
  '--client-id',
  '--client-secret',
  '--redirect-uri',
  '--scopes',
  '--store',
  '--installation',
  '--oauth-origin',
  '--dry-run',
  '--limit',
  '--yes',
  '--method',
  '--data',
  '--table',
]
const values = ['-', '--', '123:456', 'memory:', 'sqlite:x.db', '/api/v2/deals', '-1', '1e999', '{}']
const argument = fc.oneof(
  fc.constantFrom(...commands),
  fc.constantFrom(...flags),
  fc.constantFrom(...values),
  fc.tuple(fc.constantFrom(...flags), anyText).map((pair) => pair.join('=')),
  anyText,
  fc
    .tuple(fc.constantFrom('--client-secret', '--client-secrt', '--token'), anySecret)
    .map((pair) => pair.join('=')),
)
// These wait for a person, or connect to a server.
const waits = /^(fake|login)$|(redis|rediss|postgres|postgresql|mysql|mariadb):/
/** Whether a secret is the value of a flag that names something else, such as a file: then it is no secret. */
const isMisplaced = (text: string, index: number, list: readonly string[]) =>
  text.includes(marker) && flags.includes(list[index - 1] ?? '')
const argumentList = fc
  .array(argument, { maxLength: 6 })
  .filter((list) => !list.some((text) => waits.test(text) || text.includes('\0')) && !list.some(isMisplaced))

/** Arguments of the command line. */
export function argumentTargets(): readonly FuzzTarget[] {
  return [
    fuzzTarget('arguments of the command line', 1, argumentList, async (args, show) => {
      const shown: string[] = []
      const code = await inSandbox(
        (text) => shown.push(text),
        () => runProgram(args),
      )
      const isMeantToShow = args.some((text) => ['token', 'secret', 'url', 'reconnect-link'].includes(text))
      if (!isMeantToShow) show(shown.join(''))
      // `unexpected`: an error that is none of the program's own.
      if (code === ExitCode.unexpected) throw new Error(`It ended unexpectedly: ${shown.join('')}`)
    }),
  ]
}

/** Runs the program in an empty home, with an app that is configured, and without a network. */
async function inSandbox<T>(print: (text: string) => void, work: () => Promise<T>): Promise<T> {
  const { stdin, env } = process
  const originals = [process.stdout, process.stderr].map((stream) => [stream, stream.write] as const)
  const { fetch } = globalThis
  Object.defineProperty(process, 'stdin', { value: Readable.from(['{}']), configurable: true })
  process.env = sandbox()
  globalThis.fetch = pipedrive
  for (const [stream] of originals)
    stream.write = ((part: unknown) => (print(String(part)), true)) as typeof stream.write
  try {
    return await work()
  } finally {
    for (const [stream, write] of originals) {
      stream.write = write
      // The program lives once per process, and so it never takes back its listener.
      stream.removeAllListeners('error')
    }
    globalThis.fetch = fetch
    process.env = env
    Object.defineProperty(process, 'stdin', { value: stdin, configurable: true })
  }
}

let home: string | undefined

function sandbox(): NodeJS.ProcessEnv {
  home ??= mkdtempSync(join(tmpdir(), 'pd-oauth-fuzz-'))
  return {
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_STATE_HOME: join(home, 'state'),
    PIPEDRIVE_CLIENT_ID: clientId,
    PIPEDRIVE_CLIENT_SECRET: clientSecret,
    PIPEDRIVE_REDIRECT_URI: redirectUri,
    PD_OAUTH_STORE: 'memory:',
  }
}
