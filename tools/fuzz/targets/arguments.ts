import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import * as fc from 'fast-check'
import { ExitCode } from '../../../packages/cli/src/exit-code.ts'
import { runProgram } from '../../../packages/cli/src/program.ts'
import { anySecret, anyText, mutated } from '../any-input.ts'
import { fuzzTarget, type FuzzTarget } from '../fuzz-target.ts'
import { clientId, clientSecret, pipedrive, redirectUri } from '../fuzzed-client.ts'

const id = fc.oneof(fc.constantFrom('1001:11', '123:456'), mutated('1001:11'))
const notSqlite = anyText.filter((text) => !text.includes('sqlite:'))
const number = fc.oneof(fc.constantFrom('1', '14', '0', '-1', '1e999', '0x10'), anyText)
/** The home of the program. It writes to the files that it is given, so all of them are in here. */
const home = mkdtempSync(join(tmpdir(), 'pd-oauth-fuzz-'))
process.on('exit', () => rmSync(home, { recursive: true, force: true }))
const file = fc.oneof(
  fc.constantFrom('-', home, join(home, 'missing'), join(home, 'missing', 'missing')),
  anyText.map((text) => join(home, `x${text.toWellFormed().replace(/[/\\.\0]/g, '_')}`.slice(0, 60))),
)
const secretCell = anySecret.map((text) => text.replace(/[^\x21-\x7e]/g, '~'))

interface CommandGrammar {
  readonly positional: readonly fc.Arbitrary<string>[]
  /** The flags, with what they take. Undefined: nothing. */
  readonly flags: Readonly<Record<string, fc.Arbitrary<string> | undefined>>
}

const json = { '--json': undefined }
/** What each command takes. `fake` and `login` are left out: they wait for a person. */
const grammar: Readonly<Record<string, CommandGrammar>> = {
  url: { positional: [], flags: json },
  exchange: { positional: [fc.oneof(fc.constant('-'), anyText)], flags: json },
  token: { positional: [id], flags: {} },
  api: {
    positional: [
      fc.constantFrom('GET', 'post', 'PATCH', 'TRACE'),
      fc.oneof(mutated('/api/v2/deals?limit=1'), anyText),
    ],
    flags: { '-d': anyText, '-H': fc.oneof(mutated('X-Name: value'), anySecret), '-i': undefined },
  },
  status: { positional: [id], flags: { '--attention': undefined, ...json } },
  explain: { positional: [id], flags: json },
  refresh: { positional: [id], flags: json },
  'keep-alive': {
    positional: [],
    flags: {
      '--within': number,
      '--concurrency': number,
      '--per-second': number,
      '--dry-run': undefined,
      ...json,
    },
  },
  'reconnect-link': { positional: [id], flags: { '--days': number, ...json } },
  uninstall: { positional: [id], flags: { '-y': undefined, ...json } },
  forget: { positional: [id], flags: { '-y': undefined, ...json } },
  import: {
    positional: [fc.oneof(file, fc.constant(`sqlite:${home}/missing.db`))],
    flags: {
      '--table': anyText,
      '--provider': anyText,
      '--dry-run': undefined,
      '--verify': undefined,
      ...json,
    },
  },
  schema: {
    positional: [],
    flags: { '--dialect': fc.constantFrom('sqlite', 'pg', 'mysql'), '--table': anyText },
  },
  secret: { positional: [], flags: { '--add': undefined } },
  'rotate-secrets': {
    positional: [],
    flags: { '--new': undefined, '--remove-old': undefined, '--concurrency': number, ...json },
  },
  doctor: { positional: [], flags: json },
  help: { positional: [fc.constantFrom('api', 'import', 'none')], flags: {} },
}
const globals: CommandGrammar['flags'] = {
  '--config': file,
  '--client-id': anyText,
  '--client-secret': anySecret,
  '--client-secrt': anySecret,
  '--client-secret-file': file,
  '--redirect-uri': fc.oneof(mutated(redirectUri), fc.webUrl()),
  '--scopes': anyText,
  '--store': fc.oneof(
    fc.constantFrom('memory:', 'sqlite:', `sqlite:${home}`, `sqlite:${home}/x.db?table=t`),
    notSqlite,
  ),
  '--secrets-file': file,
  '--installation': id,
  '--oauth-origin': fc.oneof(fc.webUrl(), anyText),
  '--api-origin': fc.oneof(fc.webUrl(), anyText),
  '--help': undefined,
  '--version': undefined,
}

function flagsOf(flags: CommandGrammar['flags'], maxLength: number): fc.Arbitrary<readonly string[]> {
  const names = Object.keys(flags)
  if (names.length === 0) return fc.constant([])
  const flag = fc
    .constantFrom(...names)
    .chain((name) =>
      (flags[name] ?? fc.constant(undefined)).map((value) =>
        value === undefined ? [name] : name.startsWith('--') ? [`${name}=${value}`] : [name, value],
      ),
    )
  return fc.array(flag, { maxLength }).map((parts) => parts.flat())
}

const known = fc.constantFrom(...Object.keys(grammar)).chain((name) => {
  const { positional, flags } = grammar[name] as CommandGrammar
  const given = fc
    .tuple(fc.tuple(...positional), fc.nat(positional.length))
    .map(([values, count]) => values.slice(0, count))
  return fc
    .tuple(flagsOf(globals, 1), given, flagsOf(flags, 3))
    .map(([before, values, after]) => before.concat(name, values, after))
})
const harmless = Object.keys(globals).filter((name) => !/file|store|config/.test(name))
const unknown = fc.array(
  fc.oneof(anyText, fc.constantFrom('--', '-', ...harmless, ...Object.keys(grammar))),
  { maxLength: 5 },
)
// These connect to a server.
const connects = /(redis|rediss|postgres|postgresql|mysql|mariadb):/
const argumentList = fc
  .oneof({ weight: 4, arbitrary: known }, { weight: 1, arbitrary: unknown })
  .filter(
    (list) => !list.some((text) => connects.test(text) || /^(fake|login)$/.test(text) || text.includes('\0')),
  )

/** Rows for `import`, addresses for `exchange`, bodies for `api`. */
const standardInput = fc.oneof(
  anyText,
  fc
    .array(
      fc.record({
        access_token: secretCell,
        refresh_token: secretCell,
        company_id: fc.nat(99),
        user_id: fc.nat(99),
      }),
      { maxLength: 3 },
    )
    .map((rows) => JSON.stringify(rows)),
  anySecret.map((code) => `${redirectUri}?state=x&code=${encodeURIComponent(code.toWellFormed())}`),
)

/** Arguments and standard input of the command line. */
export function argumentTargets(): readonly FuzzTarget[] {
  return [
    fuzzTarget(
      'arguments of the command line',
      1,
      fc.record({ args: argumentList, input: standardInput }),
      async ({ args, input }, show) => {
        const shown: string[] = []
        const code = await inSandbox(
          input,
          (text) => shown.push(text),
          () => runProgram(args),
        )
        show(shown.join(''))
        // `unexpected`: an error that is none of the program's own.
        if (code === ExitCode.unexpected) throw new Error(`It ended unexpectedly: ${shown.join('')}`)
      },
    ),
  ]
}

/** Runs the program in an empty home, with an app that is configured, and without a network. */
async function inSandbox<T>(
  input: string,
  print: (text: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const { stdin, env } = process
  const originals = [process.stdout, process.stderr].map((stream) => [stream, stream.write] as const)
  const { fetch } = globalThis
  Object.defineProperty(process, 'stdin', { value: Readable.from([Buffer.from(input)]), configurable: true })
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

function sandbox(): NodeJS.ProcessEnv {
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
