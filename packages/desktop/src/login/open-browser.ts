import { once } from 'node:events'
import open from 'open'

/**
 * Opens an address in the system's browser. Resolves when what launches the browser has ended well; some launchers end
 * only with the browser.
 * @throws {Error} when there is no browser, or none that can be launched
 */
export async function openBrowser(url: string, signal: AbortSignal): Promise<void> {
  const launcher = await open(url)
  const exitCode: unknown = launcher.exitCode ?? (await once(launcher, 'exit', { signal }))[0]
  if (exitCode !== 0 && exitCode !== null)
    throw new Error(`What should launch the browser ended with exit code ${String(exitCode)}.`)
}
