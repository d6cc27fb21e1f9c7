import { dirname, resolve } from 'node:path'
import * as v from 'valibot'
import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { GlobalOptions } from '../global-options.ts'
import { nearestName } from '../nearest-name.ts'
import type { Output } from '../output.ts'
import { defaultPaths, withHome } from '../paths.ts'
import { readConfigFile } from './config-file.ts'
import {
  fileKeys,
  givenSettings,
  knownVariables,
  waysToGive,
  type GivenSetting,
  type SettingName,
} from './setting-sources.ts'
import { settingSchema, type ValidSettings } from './setting-schema.ts'
import { holdsPassword } from '../store/store-url.ts'
import type { Settings } from './settings.ts'

type Given = ReadonlyMap<SettingName, GivenSetting>

export interface ResolveOptions {
  /** Whether client id and client secret are required. */
  readonly needsApp: boolean
}

/**
 * Returns the settings. A flag wins over a variable, a variable over the file, and the file over the default.
 * @throws {CliError} that names every problem and where each value came from
 */
export function resolveSettings(
  flags: GlobalOptions,
  output: Output,
  { needsApp }: ResolveOptions,
): Settings {
  const named = flags.config ?? (process.env['PD_OAUTH_CONFIG']?.trim() || undefined)
  const paths = defaultPaths()
  const configFile = named === undefined ? paths.configFile : resolve(withHome(named))
  const file = readConfigFile(configFile, named !== undefined)
  warnOfVariables(output)
  const given = givenSettings(flags, process.env, file, configFile)
  const parsed = v.safeParse(
    settingSchema,
    Object.fromEntries([...given].map(([name, { value }]) => [name, value])),
  )
  const missing = needsApp ? missingSettings(given) : []
  const problems = [
    ...unknownKeys(file.keys(), configFile),
    ...(parsed.success ? [] : parsed.issues.map((issue) => problemOf(issue, given))),
    ...contradictions(given),
    ...(flags.clientSecret === undefined ? [] : [visibleSecret]),
    ...(holdsPassword(flags.store ?? '') ? [visiblePassword(configFile)] : []),
    ...missing.map((name) => missingText(name, configFile)),
  ]
  if (!parsed.success || problems.length > 0)
    throw new CliError(ExitCode.configuration, problemText(problems, missing))
  return settingsOf(parsed.output, given, configFile)
}

function settingsOf(valid: ValidSettings, given: Given, configFile: string): Settings {
  const { database, secretsFile } = defaultPaths()
  const at = (name: SettingName, path: string) => pathOf(path, given.get(name), configFile)
  const clientSecretWins = wins('clientSecret', 'clientSecretFile', given)
  const secretsWin = wins('secrets', 'secretsFile', given)
  const inFile = valid.secretsFile === undefined ? undefined : at('secretsFile', valid.secretsFile)
  const { clientSecretFile, store = `sqlite:${database}` } = valid
  return {
    clientId: valid.clientId,
    clientSecret: clientSecretWins ? valid.clientSecret : undefined,
    clientSecretFile:
      clientSecretFile === undefined || clientSecretWins || clientSecretFile === '-'
        ? clientSecretFile
        : at('clientSecretFile', clientSecretFile),
    redirectUri: valid.redirectUri ?? 'http://localhost:33333/callback',
    scopes: valid.scopes ?? [],
    store: store.replace(sqlitePath, (_, path: string) => `sqlite:${at('store', path)}`),
    secrets:
      secretsWin && valid.secrets !== undefined
        ? valid.secrets
        : { path: inFile ?? secretsFile, isCreated: inFile === undefined },
    installation: valid.installation,
    endpoints: { oauth: valid['endpoints.oauth'], api: valid['endpoints.api'] },
    browser: valid.browser,
    configFile,
    origins: new Map([...given.values()].map(({ name, origin }) => [name, origin])),
  }
}

/** Resolves a path. In the configuration file it is relative to that file, elsewhere to the working directory. */
function pathOf(path: string, given: GivenSetting | undefined, configFile: string): string {
  return resolve(given?.from === 'file' ? dirname(configFile) : '.', withHome(path))
}

/** The path in `sqlite:a.db`, `sqlite:/a.db`, `sqlite:///a.db` or `sqlite:a.db?table=name`. */
const sqlitePath = /^sqlite:(?:\/\/(?=\/))?([^?]*)/

const places = ['flag', 'variable', 'file']

/** Whether the first of two alternative settings comes from a place that wins over the other's. */
function wins(one: SettingName, other: SettingName, given: Given): boolean {
  const rank = (name: SettingName) => places.indexOf(given.get(name)?.from ?? '')
  return rank(one) >= 0 && (rank(other) < 0 || rank(one) < rank(other))
}

function contradictions(given: Given): string[] {
  const pairs: [SettingName, SettingName][] = [
    ['clientSecret', 'clientSecretFile'],
    ['secrets', 'secretsFile'],
  ]
  return pairs.flatMap(([one, other]) => {
    const [first, second] = [given.get(one), given.get(other)]
    return first !== undefined && first.from === second?.from
      ? [`${first.origin} and ${second.origin} set the same thing: give only one of them`]
      : []
  })
}

function missingSettings(given: Given): SettingName[] {
  const hasSecret = given.has('clientSecret') || given.has('clientSecretFile')
  return [
    ...(given.has('clientId') ? [] : (['clientId'] as const)),
    ...(hasSecret ? [] : (['clientSecret'] as const)),
  ]
}

const visibleSecret =
  '--client-secret would show the secret to every user of this machine: give --client-secret-file (- asks for it) ' +
  'or PIPEDRIVE_CLIENT_SECRET instead'

function visiblePassword(configFile: string): string {
  return `--store would show the password to every user of this machine: set PD_OAUTH_STORE, or "store" in ${configFile}`
}

function missingText(name: SettingName, configFile: string): string {
  const file = name === 'clientSecret' ? '--client-secret-file or ' : ''
  return `${name} is missing: give ${file}${waysToGive(name, configFile)}`
}

function unknownKeys(keys: Iterable<string>, configFile: string): string[] {
  return [...keys]
    .filter((key) => !fileKeys.includes(key))
    .map((key) => `"${key}" in ${configFile} is not a known key${nearestName(key, fileKeys)}`)
}

function warnOfVariables(output: Output): void {
  for (const name of Object.keys(process.env)) {
    if (!name.startsWith('PD_OAUTH_') || knownVariables.includes(name)) continue
    output.warning(`The variable ${name} is not known${nearestName(name, knownVariables)}.`)
  }
}

function problemOf(issue: v.BaseIssue<unknown>, given: Given): string {
  const key = issue.path?.[0]?.key
  const origin = [...given.values()].find(({ name }) => name === key)?.origin ?? String(key)
  return `${origin} ${issue.message}`
}

function problemText(problems: readonly string[], missing: readonly SettingName[]): string {
  const start =
    missing.length < 2
      ? ''
      : '\nTo start with your app from the Developer Hub, run the command below. It asks for the client secret, opens ' +
        'the browser, and saves client id and client secret:\n  pd-oauth login --client-id <id> --client-secret-file - --save'
  return `The configuration is not usable:\n${problems.map((problem) => `- ${problem}`).join('\n')}${start}`
}
