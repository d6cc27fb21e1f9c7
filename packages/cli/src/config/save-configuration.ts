import { replaceFile } from '../files/owner-only.ts'
import type { Output } from '../output.ts'
import { defaultPaths } from '../paths.ts'
import { readConfigFile } from './config-file.ts'
import type { Settings } from './settings.ts'

/**
 * Writes the settings of this run into the configuration file, so that the next run needs no flags. Sealing secrets, the
 * browser and the installation are not written; other keys of the file stay. If the client secret is in a file of its own,
 * only the path of that file is written.
 * @throws {CliError} when the existing configuration file cannot be used; it is not changed
 */
export function saveConfiguration(
  settings: Settings,
  clientSecret: string | readonly string[],
  output: Output,
): void {
  const { clientId, clientSecretFile, configFile, endpoints, redirectUri, scopes, secrets, store } = settings
  const entries = new Map(readConfigFile(configFile, false))
  const isInFile = clientSecretFile !== undefined && clientSecretFile !== '-'
  const { database } = defaultPaths()
  const saved: Record<string, unknown> = {
    clientId,
    clientSecret: isInFile ? undefined : clientSecret,
    clientSecretFile: isInFile ? clientSecretFile : undefined,
    redirectUri,
    scopes: scopes.length > 0 ? scopes : undefined,
    store: store === `sqlite:${database}` ? undefined : store,
    'endpoints.oauth': endpoints.oauth,
    'endpoints.api': endpoints.api,
  }
  const isNamedFile = 'path' in secrets && !secrets.isCreated
  if (isNamedFile) saved['secretsFile'] = secrets.path
  for (const [name, value] of Object.entries(saved)) entries.set(name, value)
  replaceFile(configFile, `${JSON.stringify(nested(entries), undefined, 2)}\n`)
  output.message(`Saved the settings in ${configFile}.`)
  if (!('path' in secrets))
    output.warning(
      'The sealing secrets were not saved. Only with the same PD_OAUTH_SECRETS can other commands read this installation.',
    )
}

/** Returns the entries as an object for JSON, which leaves out undefined values. */
function nested(entries: ReadonlyMap<string, unknown>): object {
  const { 'endpoints.oauth': oauth, 'endpoints.api': api, ...rest } = Object.fromEntries(entries)
  const hasEndpoints = oauth !== undefined || api !== undefined
  return { ...rest, ...(hasEndpoints ? { endpoints: { oauth, api } } : {}) }
}
