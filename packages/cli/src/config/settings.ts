import type { InstallationId } from '@pd/oauth-core'

/** The configuration of one run, from flags, environment and file together. */
export interface Settings {
  readonly clientId: string | undefined
  readonly clientSecret: string | readonly string[] | undefined
  readonly clientSecretFile: string | undefined
  readonly redirectUri: string
  readonly scopes: readonly string[]
  /** A URL. */
  readonly store: string
  /** The sealing secrets themselves, newest first, or the file they are in. */
  readonly secrets: readonly string[] | SecretsFile
  readonly installation: InstallationId | undefined
  readonly endpoints: { readonly oauth: string | undefined; readonly api: string | undefined }
  /** The command that opens an address; undefined: the system's browser. */
  readonly browser: string | undefined
  /** The configuration file, whether it is there or not. */
  readonly configFile: string
  /** Where each setting came from that is not a default, for people: `--store`, `PD_OAUTH_STORE`, the file and its key. */
  readonly origins: ReadonlyMap<string, string>
}

export interface SecretsFile {
  readonly path: string
  /** Whether it is made when it is missing: only in its usual place. */
  readonly isCreated: boolean
}
