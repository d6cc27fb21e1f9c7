/** Databases with the tables of other tools, each as the tool creates them. */
import { createCipheriv, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { postgresUrl } from '@pd/test-support/postgres'
import { Client } from 'pg'
import { onTestFinished } from 'vitest'

/** What the other tool knows of a user. */
export interface OldTokens {
  readonly companyId: number
  readonly userId: number
  readonly accessToken: string
  readonly refreshToken: string
  /** In epoch seconds. */
  readonly expiresAt: number
  readonly apiDomain: string
  /** The application's own id of the user. */
  readonly owner: string
  readonly nangoKey?: string | undefined
}

type Row = Readonly<Record<string, string | number | null>>

interface OldTable {
  readonly sql: string
  readonly name: string
  readonly row: (old: OldTokens) => Row
}

export interface OldDatabase {
  /** What `DATABASE_URL` holds. */
  readonly url: string
  readonly insert: (old: OldTokens) => Promise<void>
}

const isoOf = (seconds: number) => new Date(seconds * 1_000).toISOString()
const refreshTokenSeconds = 60 * 86_400

const scaffoldRow = (old: OldTokens): Row => ({
  pipedrive_company_id: old.companyId,
  pipedrive_user_id: old.userId,
  access_token: old.accessToken,
  refresh_token: old.refreshToken,
  access_token_expires_at: old.expiresAt,
  refresh_token_expires_at: old.expiresAt - 3_600 + refreshTokenSeconds,
  scope: 'base',
  api_domain: old.apiDomain,
  updated_at: old.expiresAt - 3_600,
})

const authJsRow = (old: OldTokens): Row => ({
  userId: old.owner,
  type: 'oauth',
  provider: 'pipedrive',
  providerAccountId: String(old.userId) + (old.companyId === 1001 ? '' : '-2'),
  refresh_token: old.refreshToken,
  access_token: old.accessToken,
  expires_at: old.expiresAt,
  token_type: 'bearer',
  scope: 'base',
})

const betterAuthRow = (old: OldTokens): Row => ({
  id: `row-${old.userId}`,
  accountId: String(old.userId),
  providerId: 'pipedrive',
  userId: old.owner,
  accessToken: old.accessToken,
  refreshToken: old.refreshToken,
  accessTokenExpiresAt: isoOf(old.expiresAt),
  scope: 'base',
  createdAt: isoOf(old.expiresAt - 3_600),
  updatedAt: isoOf(old.expiresAt + 86_400),
})

/** The credentials of an OAuth 2 connection, as Nango keeps them. */
export function nangoCredentials(old: OldTokens): object {
  const { accessToken: access_token, refreshToken: refresh_token, apiDomain: api_domain } = old
  const raw = {
    access_token,
    refresh_token,
    token_type: 'Bearer',
    expires_in: 3_599,
    scope: 'base',
    api_domain,
  }
  return { type: 'OAUTH2', access_token, refresh_token, expires_at: isoOf(old.expiresAt), raw }
}

function nangoRow(old: OldTokens): Row {
  const credentials = JSON.stringify(nangoCredentials(old))
  const common = { provider_config_key: 'pipedrive', connection_id: old.owner }
  if (old.nangoKey === undefined) return { ...common, credentials }
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(old.nangoKey, 'base64'), nonce)
  const sealed = Buffer.concat([cipher.update(credentials, 'utf8'), cipher.final()]).toString('base64')
  return {
    ...common,
    credentials: JSON.stringify({ encrypted_credentials: sealed }),
    credentials_iv: nonce.toString('base64'),
    credentials_tag: cipher.getAuthTag().toString('base64'),
  }
}

const sqliteTables = {
  scaffold: {
    name: 'pipedrive_tokens',
    row: scaffoldRow,
    sql: `CREATE TABLE IF NOT EXISTS "pipedrive_tokens" ("pipedrive_company_id" INTEGER NOT NULL,
      "pipedrive_user_id" INTEGER NOT NULL, "access_token" TEXT NOT NULL, "refresh_token" TEXT NOT NULL,
      "token_type" TEXT NOT NULL DEFAULT 'bearer', "access_token_expires_at" INTEGER NOT NULL,
      "refresh_token_expires_at" INTEGER NOT NULL, "scope" TEXT, "api_domain" TEXT NOT NULL,
      "created_at" INTEGER NOT NULL DEFAULT (unixepoch()), "updated_at" INTEGER NOT NULL DEFAULT (unixepoch()),
      PRIMARY KEY ("pipedrive_company_id", "pipedrive_user_id"))`,
  },
  authJsDrizzle: {
    name: 'account',
    row: authJsRow,
    sql: `CREATE TABLE user (id text PRIMARY KEY NOT NULL, name text, email text, emailVerified integer, image text);
      CREATE TABLE account (userId text NOT NULL, type text NOT NULL, provider text NOT NULL, providerAccountId text NOT NULL,
      refresh_token text, access_token text, expires_at integer, token_type text, scope text, id_token text, session_state text,
      PRIMARY KEY(provider, providerAccountId))`,
  },
  betterAuth: {
    name: 'account',
    row: betterAuthRow,
    sql: `create table "user" ("id" text not null primary key, "name" text not null, "email" text not null unique);
      create table "account" ("id" text not null primary key, "accountId" text not null, "providerId" text not null,
      "userId" text not null, "accessToken" text, "refreshToken" text, "idToken" text, "accessTokenExpiresAt" date,
      "refreshTokenExpiresAt" date, "scope" text, "password" text, "createdAt" date not null, "updatedAt" date not null)`,
  },
} satisfies Record<string, OldTable>

const postgresTables = {
  authJsPg: {
    name: 'accounts',
    row: authJsRow,
    // The application of this test has texts as ids.
    sql: `CREATE TABLE accounts (id SERIAL, "userId" TEXT NOT NULL, type VARCHAR(255) NOT NULL, provider VARCHAR(255) NOT NULL,
      "providerAccountId" VARCHAR(255) NOT NULL, refresh_token TEXT, access_token TEXT, expires_at BIGINT, id_token TEXT,
      scope TEXT, session_state TEXT, token_type TEXT, PRIMARY KEY (id))`,
  },
  authJsPrisma: {
    name: '"Account"',
    row: (old) => ({ id: 'cm-1', ...authJsRow(old) }),
    sql: `CREATE TABLE "Account" ("id" TEXT NOT NULL, "userId" TEXT NOT NULL, "type" TEXT NOT NULL, "provider" TEXT NOT NULL,
      "providerAccountId" TEXT NOT NULL, "refresh_token" TEXT, "access_token" TEXT, "expires_at" INTEGER, "token_type" TEXT,
      "scope" TEXT, "id_token" TEXT, "session_state" TEXT, CONSTRAINT "Account_pkey" PRIMARY KEY ("id"))`,
  },
  betterAuth: {
    name: '"account"',
    row: betterAuthRow,
    sql: `create table "account" ("id" text not null primary key, "accountId" text not null, "providerId" text not null,
      "userId" text not null, "accessToken" text, "refreshToken" text, "idToken" text, "accessTokenExpiresAt" timestamptz,
      "refreshTokenExpiresAt" timestamptz, "scope" text, "password" text, "createdAt" timestamptz not null,
      "updatedAt" timestamptz not null)`,
  },
  nango: {
    name: 'nango._nango_connections',
    row: nangoRow,
    sql: `CREATE SCHEMA nango;
      CREATE TABLE nango._nango_connections (id serial PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(), provider_config_key varchar(255) NOT NULL,
      connection_id varchar(255) NOT NULL, credentials json NOT NULL, connection_config json DEFAULT '{}', metadata json,
      credentials_iv varchar(255), credentials_tag varchar(255), environment_id integer, deleted boolean DEFAULT false,
      deleted_at timestamptz, last_fetched_at timestamptz, config_id integer);
      INSERT INTO nango._nango_connections (provider_config_key, connection_id, credentials) VALUES ('slack', 'x', '{"type":"API_KEY"}');
      INSERT INTO nango._nango_connections (provider_config_key, connection_id, credentials, deleted) VALUES ('pipedrive', 'y', '{}', true)`,
  },
} satisfies Record<string, OldTable>

/** Creates a SQLite file with the table of this tool. */
export function sqliteDatabase(tool: keyof typeof sqliteTables): OldDatabase {
  const { sql, name, row }: OldTable = sqliteTables[tool]
  const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-old-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'old.db')
  using database = new DatabaseSync(path)
  database.exec(sql)
  return {
    // libSQL, which the scaffold uses, writes it so.
    url: `${tool === 'scaffold' ? 'file' : 'sqlite'}:${path}`,
    insert: async (old) => {
      using filled = new DatabaseSync(path)
      const { columns, values } = parts(row(old))
      filled
        .prepare(`INSERT INTO ${name} (${columns}) VALUES (${values.map(() => '?').join()})`)
        .run(...values)
    },
  }
}

let databases = 0

/** Creates a PostgreSQL database with the table of this tool. */
export async function postgresDatabase(tool: keyof typeof postgresTables): Promise<OldDatabase> {
  const { sql, name, row }: OldTable = postgresTables[tool]
  databases += 1
  const url = new URL(postgresUrl())
  const database = `old_${process.pid}_${databases}`
  await inPostgres(postgresUrl(), (client) => client.query(`CREATE DATABASE ${database}`))
  onTestFinished(() =>
    inPostgres(postgresUrl(), (client) => client.query(`DROP DATABASE ${database} WITH (FORCE)`)),
  )
  url.pathname = `/${database}`
  await inPostgres(url.href, (client) => client.query(sql))
  return {
    url: tool === 'authJsPrisma' ? `${url.href}?schema=public` : url.href,
    insert: (old) => {
      const { columns, values } = parts(row(old))
      const places = values.map((_, index) => `$${index + 1}`).join()
      return inPostgres(url.href, (client) =>
        client.query(`INSERT INTO ${name} (${columns}) VALUES (${places})`, values),
      )
    },
  }
}

async function inPostgres(url: string, act: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await act(client).finally(() => client.end())
}

function parts(row: Row) {
  const columns = Object.keys(row)
    .map((column) => `"${column}"`)
    .join()
  return { columns, values: Object.values(row) }
}
