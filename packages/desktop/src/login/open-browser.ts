import { once } from 'node:events'
import open from 'open'

/**
 * Opens a page in the system's browser. Resolves when the program that launches the browser has succeeded; some launchers
 * end only with the browser.
 * @throws {Error} if there is no browser, or if it cannot be launched
 */
export async function openBrowser(path: string, signal: AbortSignal): Promise<void> {
  const launcher = await open(path)
  const exitCode: unknown = launcher.exitCode ?? (await once(launcher, 'exit', { signal }))[0]
  if (exitCode !== 0 && exitCode !== null)
    throw new Error(`The program that launches the browser ended with exit code ${String(exitCode)}.`)
}
