import { existsSync } from 'node:fs'
import { ConfigurationError, StoreError } from '@pd/oauth-core'
import { sqlStore } from '@pd/oauth-sql'
import type { NodeSqliteDriver } from '@pd/oauth-sql/node-sqlite'
import { makeFolderOf, permissionProblem } from '../files/owner-only.ts'
import type { Output } from '../output.ts'
import { defaultPaths } from '../paths.ts'
import type { OpenedStore } from './opened-store.ts'
import { readSqliteUrl } from './store-url.ts'

/** Opens `sqlite:<path>` or `sqlite:<path>?table=<name>`. */
export async function openSqlite(url: string, output: Output): Promise<OpenedStore> {
  const { path, table } = readSqliteUrl(url)
  // Only the default folder is created. A misspelt folder should be an error.
  if (path === defaultPaths().database) makeFolderOf(path)
  const problem = existsSync(path) ? permissionProblem(path) : undefined
  if (problem !== undefined) output.warning(problem)
  const { nodeSqliteDriver } = await import('@pd/oauth-sql/node-sqlite')
  let driver: NodeSqliteDriver | undefined
  try {
    const opened = (driver = nodeSqliteDriver(path))
    const store = sqlStore(opened, table === undefined ? {} : { table })
    await store.createTable()
    return { store, address: url, isLasting: true, close: async () => opened.close() }
  } catch (error) {
    driver?.close()
    throw unusable(path, error)
  }
}

function unusable(path: string, error: unknown): unknown {
  // The store says what to do, and names the error of SQLite as the cause.
  const { errcode } = Object(Object(error).cause ?? error) as { errcode?: unknown }
  const isForeign = errcode === 26
  if (errcode === undefined || (error instanceof ConfigurationError && !isForeign)) return error
  const reason = isForeign
    ? 'is not a SQLite database. It was not changed; name another file'
    : 'cannot be used'
  return new StoreError('store_unavailable', `${path} ${reason}.`, isForeign ? {} : { cause: error })
}
