import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres-server.ts'

/** One PostgreSQL for a whole test run: that of DATABASE_URL, or one of its own, which ends with the run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env['DATABASE_URL']
  if (url !== undefined) {
    project.provide('postgres', { url })
    return async () => {}
  }
  try {
    const server = await startPostgres()
    project.provide('postgres', { url: server.url })
    return async () => server[Symbol.asyncDispose]()
  } catch (error) {
    // The tests that need it fail with this; those of the other databases run.
    project.provide('postgres', { problem: String(error) })
    return async () => {}
  }
}
