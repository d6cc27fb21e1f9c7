import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of MariaDB, or the reason why it could not start. */
    mysql: { readonly url: string } | { readonly problem: string }
  }
}

/**
 * The address of this test run's MariaDB. Needs `provide-mariadb` as global set-up.
 * @throws {Error} if MariaDB could not start, so that the tests that need it fail and are not skipped
 */
export function mysqlUrl(): string {
  const mysql = inject('mysql')
  if ('problem' in mysql) throw new Error(mysql.problem)
  return mysql.url
}
