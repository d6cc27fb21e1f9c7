import { causesOf } from './causes.ts'
import type { SqlDialect, SqlQuery } from './sql-driver.ts'

/** Each of these errors means that a rival statement succeeded. */
const mostTries = 50
/** How long a statement is sent again, in milliseconds. Shorter than a client waits for its store. */
const longestMs = 4_000

/**
 * Returns the same function, which sends a statement again if it lost a race and did nothing: to a deadlock, to the wait for
 * a lock, to a time limit of idle connections, or to a rival where transactions are `REPEATABLE READ` or `SERIALIZABLE` by
 * default.
 */
export function settled(query: SqlQuery, dialect: SqlDialect): SqlQuery {
  const didNothing = lostRaces[dialect]
  return async (sql, params) => {
    const until = performance.now() + longestMs
    for (let tries = 1; ; tries++) {
      try {
        return await query(sql, params)
      } catch (error) {
        const isLost = causesOf(error).some(
          ({ code, errno }) => didNothing.has(code) || didNothing.has(errno),
        )
        if (!isLost || tries >= mostTries || performance.now() >= until) throw error
      }
    }
  }
}

/**
 * The codes of statements that did nothing.
 * @see [PostgreSQL error codes](https://www.postgresql.org/docs/current/errcodes-appendix.html)
 * @see [MariaDB error codes](https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference)
 */
const lostRaces: Readonly<Record<SqlDialect, ReadonlySet<unknown>>> = {
  // SQLite has no such races. Its locks are the driver's business.
  sqlite: new Set(),
  // Serialization failure, deadlock, and a connection that the server has just ended because it was idle.
  postgresql: new Set(['40001', '40P01', '57P05']),
  // Deadlock, lock wait timeout, and a record that changed since the last read.
  mysql: new Set([1213, 1205, 1020]),
}
