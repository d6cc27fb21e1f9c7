import type { TestProject } from 'vitest/node'
import { startMariadb } from './mariadb-server.ts'

/** Provides one MariaDB for the whole test run: the one at MYSQL_URL, or a new one, which ends with the run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env['MYSQL_URL']
  if (url !== undefined) {
    project.provide('mysql', { url })
    return async () => {}
  }
  try {
    // Nothing has to survive a power failure here.
    const server = await startMariadb(['--innodb-flush-log-at-trx-commit=0'])
    project.provide('mysql', { url: server.url })
    return async () => server[Symbol.asyncDispose]()
  } catch (error) {
    // Only the tests that need MariaDB fail.
    project.provide('mysql', { problem: String(error) })
    return async () => {}
  }
}
