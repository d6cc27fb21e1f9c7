import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSchema } from '../servers/postgres.ts'
import type { Address } from './app.ts'

/** An empty place for installations, which is removed in the end. */
export interface Place extends AsyncDisposable {
  readonly address: Address
}

/** The places in which processes of one application can meet. */
export const places: readonly { readonly name: string; readonly create: () => Promise<Place> }[] = [
  { name: 'one SQLite file', create: createFilePlace },
  { name: 'PostgreSQL', create: createSchemaPlace },
]

export async function createFilePlace(): Promise<Place & { readonly address: { readonly file: string } }> {
  const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-sql-'))
  return {
    address: { file: join(folder, 'installations.db') },
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function createSchemaPlace(): Promise<Place> {
  const schema = await createSchema()
  return {
    address: { url: schema.url, schema: schema.name },
    [Symbol.asyncDispose]: () => schema[Symbol.asyncDispose](),
  }
}
