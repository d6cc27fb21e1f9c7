import type { StoreFinding } from '@pd/oauth-core'
import { isErrorReply } from './error-reply.ts'
import type { Database } from './redis-connection.ts'

/** Returns whether Redis refuses the database that the client was told to use: ioredis then works in database 0. */
export async function databaseFindings(database: Database | undefined): Promise<StoreFinding[]> {
  const number = database?.number()
  if (database === undefined || number === undefined || number === 0) return []
  try {
    await database.select(number)
    return []
  } catch (error) {
    if (!isErrorReply(error)) throw error
    return [
      {
        status: 'problem',
        found: `ioredis was told to use database ${number}, which Redis refuses (${error.message}): the installations are in another database, most likely 0.`,
        fix: 'Give the user of Redis the right to SELECT (+select), and name a database that Redis has; or name none, and keep apps apart by the option prefix.',
      },
    ]
  }
}
