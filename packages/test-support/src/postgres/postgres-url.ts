import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where PostgreSQL is, or why there is none. */
    postgres: { readonly url: string } | { readonly problem: string }
  }
}

/**
 * Where the PostgreSQL of this test run is; `provide-postgres` is its global set-up.
 * @throws {Error} where there is none, so that what needs it fails rather than being left out
 */
export function postgresUrl(): string {
  const postgres = inject('postgres')
  if ('problem' in postgres) throw new Error(postgres.problem)
  return postgres.url
}
