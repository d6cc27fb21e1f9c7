import type { TokenStore } from '../../src/index.ts'
import { storeSuite, type StoreSuiteOptions } from '../../src/store-suite/store-suite.ts'

/** Runs the suite and returns how each case failed; undefined if it passed. */
export async function suiteVerdicts<Store extends TokenStore>(
  options: Omit<StoreSuiteOptions<Store>, 'test'>,
): Promise<Map<string, unknown>> {
  const cases: { name: string; run: () => Promise<void> }[] = []
  storeSuite({ ...options, test: (name, run) => cases.push({ name, run }) })
  const verdicts = new Map<string, unknown>()
  for (const { name, run } of cases) {
    const verdict = await run().catch((error: unknown) => error)
    verdicts.set(name, verdict)
  }
  return verdicts
}

/** Returns the titles of the failed cases. */
export function failedTitles(verdicts: ReadonlyMap<string, unknown>): string[] {
  return [...verdicts].flatMap(([title, error]) => (error === undefined ? [] : [title]))
}
