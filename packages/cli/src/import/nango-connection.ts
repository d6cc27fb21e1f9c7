import { openAesGcm } from './encrypted-token.ts'
import type { ImportKeys } from './import-keys.ts'

type Row = Readonly<Record<string, unknown>>

/** The columns of Nango's table `_nango_connections` from which an import reads. */
export const connectionColumns = [
  'connection_id',
  'provider_config_key',
  'credentials',
  'credentials_iv',
  'credentials_tag',
  'deleted',
] as const

/** Whether these columns are those of a table of Nango's connections. */
export function areOfConnections(columns: readonly string[]): boolean {
  return columns.includes('connection_id') && columns.includes('credentials')
}

/** A connection of Nango, from its table or its API. */
export interface NangoConnection {
  readonly isDeleted: boolean
  readonly provider: unknown
  /**
   * Returns the connection as a row of a table of accounts, or why that cannot be done. The name of the connection is the
   * application's own name of the user.
   */
  readonly account: (keys: ImportKeys) => { readonly account: Row } | { readonly problem: string }
}

/** Returns the connection that a row holds. Undefined: the row holds something else. */
export function nangoConnection(row: Row): NangoConnection | undefined {
  if (!areOfConnections(Object.keys(row))) return undefined
  const id = row['connection_id']
  const provider = row['provider'] ?? row['provider_config_key'] ?? ''
  return {
    isDeleted: [true, 'true', 't', 1, 1n, '1'].includes(row['deleted'] as string),
    provider,
    account: (keys) => {
      const credentials = credentialsOf(row, keys)
      if ('problem' in credentials) return credentials
      const { access_token, refresh_token, expires_at, raw } = credentials.credentials
      const { scope, api_domain } = objectOf(raw) ?? {}
      const tokens = { access_token, refresh_token, expires_at, scope, api_domain }
      return { account: { ...tokens, provider, providerAccountId: id, userId: id } }
    },
  }
}

function credentialsOf(
  row: Row,
  { nango }: ImportKeys,
): { readonly credentials: Row } | { readonly problem: string } {
  const credentials = objectOf(row['credentials'])
  if (credentials === undefined) return { problem: 'its credentials are not a JSON object' }
  const text = credentials['encrypted_credentials']
  if (typeof text !== 'string') return { credentials }
  if (nango === undefined)
    return { problem: 'its credentials are encrypted: set NANGO_ENCRYPTION_KEY to the value that Nango uses' }
  try {
    const [nonce, tag] = [bytes(row['credentials_iv']), bytes(row['credentials_tag'])]
    const opened = objectOf(openAesGcm(nango, nonce, tag, bytes(text)))
    if (opened !== undefined) return { credentials: opened }
  } catch {}
  return { problem: 'its credentials do not open with this NANGO_ENCRYPTION_KEY' }
}

function bytes(base64: unknown): Buffer {
  return Buffer.from(String(base64), 'base64')
}

function objectOf(value: unknown): Row | undefined {
  try {
    const read: unknown = typeof value === 'string' ? JSON.parse(value) : value
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Row) : undefined
  } catch {
    return undefined
  }
}
