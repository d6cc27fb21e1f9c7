import { PipedriveOAuth, type PipedriveOAuthOptions } from '@pd/oauth-core'
import { Pool } from 'pg'
import { nodeSqliteDriver } from '../../src/drivers/node-sqlite.ts'
import { pgDriver } from '../../src/drivers/pg.ts'
import { sqlStore, type SqlStore } from '../../src/index.ts'

/** Where the installations are, in a form that can be sent to another process. */
export type Address = { readonly file: string } | { readonly url: string; readonly schema: string }

/** All that one process of the application needs to know, in a form that can be sent to it. */
export interface AppSetup {
  readonly address: Address
  /** Where the fake Pipedrive listens. */
  readonly origin: string
  readonly policy: NonNullable<PipedriveOAuthOptions['policy']>
}

export interface App extends AsyncDisposable {
  readonly store: SqlStore
  readonly oauth: PipedriveOAuth
}

/** One process's part of the application: a connection, a store over it, a client over that. */
export function openApp({ address, origin, policy }: AppSetup): App {
  const { store, close } = openStore(address)
  const oauth = new PipedriveOAuth({
    clientId: 'fake-client-id',
    clientSecret: 'fake-client-secret',
    redirectUri: 'http://localhost:3000/pipedrive/callback',
    secrets: ['test-secret-that-is-long-enough-0001'],
    endpoints: { oauth: origin, api: origin },
    store,
    policy,
  })
  return { store, oauth, [Symbol.asyncDispose]: close }
}

function openStore(address: Address): { store: SqlStore; close: () => Promise<void> } {
  if ('file' in address) {
    const driver = nodeSqliteDriver(address.file)
    return { store: sqlStore(driver), close: async () => driver.close() }
  }
  const pool = new Pool({ connectionString: address.url, max: 4, connectionTimeoutMillis: 4_000 })
  pool.on('error', () => {})
  const store = sqlStore(pgDriver(pool), { table: `${address.schema}.installations` })
  return { store, close: () => pool.end() }
}
