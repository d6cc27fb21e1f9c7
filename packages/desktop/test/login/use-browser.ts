import { join } from 'node:path'
import { browserThat } from '@pd/test-support/browser-that'
import { onTestFinished, vi } from 'vitest'

/** Makes a script the browser of this process, for one test. Returns the folder that it lies in. */
export function useBrowser(script: string): string {
  const variables = browserThat(script)
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  return join(variables['BROWSER'] ?? '', '..')
}
