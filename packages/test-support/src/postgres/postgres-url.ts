import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of PostgreSQL, or the reason why it could not start. */
    postgres: { readonly url: string } | { readonly problem: string }
  }
}

/**
 * The address of this test run's PostgreSQL. Needs `provide-postgres` as global set-up.
 * @throws {Error} if PostgreSQL could not start, so that the tests that need it fail and are not skipped
 */
export function postgresUrl(): string {
  const postgres = inject('postgres')
  if ('problem' in postgres) throw new Error(postgres.problem)
  return postgres.url
}
