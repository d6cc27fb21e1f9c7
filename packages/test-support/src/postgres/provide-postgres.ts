import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres-server.ts'

/** Provides one PostgreSQL for the whole test run: the one at DATABASE_URL, or a new one, which ends with the run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env['DATABASE_URL']
  if (url !== undefined) {
    project.provide('postgres', { url })
    return async () => {}
  }
  try {
    // Nobody stops it in the middle, so it need not wait for the disk: that halves the time of the tests.
    const server = await startPostgres({ settings: { synchronous_commit: 'off' } })
    project.provide('postgres', { url: server.url })
    return async () => server[Symbol.asyncDispose]()
  } catch (error) {
    // Only the tests that need PostgreSQL fail.
    project.provide('postgres', { problem: String(error) })
    return async () => {}
  }
}
