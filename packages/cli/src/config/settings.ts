import type { InstallationId } from '@pd/oauth-core'

/** The settings of one run, from flags, variables, file and defaults together. */
export interface Settings {
  readonly clientId: string | undefined
  readonly clientSecret: string | readonly string[] | undefined
  readonly clientSecretFile: string | undefined
  readonly redirectUri: string
  readonly scopes: readonly string[]
  /** The URL of the store. */
  readonly store: string
  /** The sealing secrets, newest first, or the file that holds them. */
  readonly secrets: readonly string[] | SecretsFile
  readonly installation: InstallationId | undefined
  readonly endpoints: { readonly oauth: string | undefined; readonly api: string | undefined }
  /** The command that opens an address. Undefined means the system's browser. */
  readonly browser: string | undefined
  /** The path of the configuration file, which may not exist. */
  readonly configFile: string
  /** Where each setting came from, for messages: `--store`, `PD_OAUTH_STORE`, or the key and the file. Defaults are not in it. */
  readonly origins: ReadonlyMap<string, string>
}

export interface SecretsFile {
  readonly path: string
  /** Whether a missing file is created. True only for the default path. */
  readonly isCreated: boolean
}
