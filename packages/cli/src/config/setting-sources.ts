import type { GlobalOptions } from '../global-options.ts'

/** Where a setting may come from besides the configuration file. A flag wins over a variable, a variable over the file. */
interface SettingSource {
  readonly flag?: keyof GlobalOptions
  /** Environment variables. The first that is set counts. */
  readonly variables: readonly string[]
  /** The setting is not a key of the configuration file. */
  readonly isNotInFile?: true
}

export const settingNames = [
  'clientId',
  'clientSecret',
  'clientSecretFile',
  'redirectUri',
  'scopes',
  'store',
  'secrets',
  'secretsFile',
  'installation',
  'endpoints.oauth',
  'endpoints.api',
  'browser',
] as const

export type SettingName = (typeof settingNames)[number]

const settingSources: Readonly<Record<SettingName, SettingSource>> = {
  clientId: { flag: 'clientId', variables: ['PIPEDRIVE_CLIENT_ID'] },
  clientSecret: { variables: ['PIPEDRIVE_CLIENT_SECRET'] },
  clientSecretFile: { flag: 'clientSecretFile', variables: ['PIPEDRIVE_CLIENT_SECRET_FILE'] },
  redirectUri: { flag: 'redirectUri', variables: ['PIPEDRIVE_REDIRECT_URI'] },
  scopes: { flag: 'scopes', variables: ['PD_OAUTH_SCOPES'] },
  store: { flag: 'store', variables: ['PD_OAUTH_STORE'] },
  secrets: { variables: ['PD_OAUTH_SECRETS'], isNotInFile: true },
  secretsFile: { flag: 'secretsFile', variables: ['PD_OAUTH_SECRETS_FILE'] },
  installation: { flag: 'installation', variables: ['PD_OAUTH_INSTALLATION'] },
  'endpoints.oauth': { flag: 'oauthOrigin', variables: ['PD_OAUTH_OAUTH_ORIGIN', 'PIPEDRIVE_ORIGIN'] },
  'endpoints.api': { flag: 'apiOrigin', variables: ['PD_OAUTH_API_ORIGIN', 'PIPEDRIVE_ORIGIN'] },
  browser: { variables: ['PD_OAUTH_BROWSER', 'BROWSER'] },
}

/** The keys that a configuration file may have. */
export const fileKeys: readonly string[] = settingNames.filter((name) => !settingSources[name].isNotInFile)

/** Every environment variable that the program reads. */
export const knownVariables: readonly string[] = [
  'PD_OAUTH_CONFIG',
  'PD_OAUTH_DEBUG',
  ...settingNames.flatMap((name) => settingSources[name].variables),
]

/** A value from a flag, a variable or the file, not yet checked. */
export interface GivenSetting {
  readonly name: SettingName
  readonly value: unknown
  /** Where the value came from, for messages: `--store`, `PD_OAUTH_STORE`, or the key and the file. */
  readonly origin: string
  readonly from: 'flag' | 'variable' | 'file'
}

function flagName(flag: string): string {
  return `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** Returns the ways to give a setting, for messages. */
export function waysToGive(name: SettingName, configFile: string): string {
  const source = settingSources[name]
  const ways = [
    ...(source.flag === undefined ? [] : [flagName(source.flag)]),
    ...source.variables,
    ...(source.isNotInFile ? [] : [`"${name}" in ${configFile}`]),
  ]
  return ways.join(' or ')
}

/** Returns every setting that was given, each from the place that wins. */
export function givenSettings(
  flags: GlobalOptions,
  environment: NodeJS.ProcessEnv,
  file: ReadonlyMap<string, unknown>,
  configFile: string,
): Map<SettingName, GivenSetting> {
  const given = new Map<SettingName, GivenSetting>()
  for (const name of settingNames) {
    const setting =
      fromFlag(name, flags) ?? fromVariable(name, environment) ?? fromFile(name, file, configFile)
    if (setting !== undefined) given.set(name, setting)
  }
  return given
}

function fromFlag(name: SettingName, flags: GlobalOptions): GivenSetting | undefined {
  const { flag } = settingSources[name]
  const value = flag && flags[flag]
  return value === undefined ? undefined : { name, value, origin: flagName(flag ?? name), from: 'flag' }
}

/** Returns the setting from its variable. An empty variable counts as not set. */
function fromVariable(name: SettingName, environment: NodeJS.ProcessEnv): GivenSetting | undefined {
  const variable = settingSources[name].variables.find((variable) => environment[variable])
  if (variable === undefined) return undefined
  return { name, value: environment[variable], origin: variable, from: 'variable' }
}

function fromFile(
  name: SettingName,
  file: ReadonlyMap<string, unknown>,
  configFile: string,
): GivenSetting | undefined {
  if (!file.has(name)) return undefined
  return { name, value: file.get(name), origin: `"${name}" in ${configFile}`, from: 'file' }
}
