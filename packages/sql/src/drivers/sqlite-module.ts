import type * as Sqlite from 'node:sqlite'

// An import would fail with a message that names neither this package nor the version that is needed.
const sqlite = process.getBuiltinModule?.('node:sqlite')
if (sqlite === undefined) throw new Error('@pd/oauth-sql/node-sqlite needs Node 22.13 or newer.')

export const { DatabaseSync } = sqlite
export type DatabaseSync = Sqlite.DatabaseSync
