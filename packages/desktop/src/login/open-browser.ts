import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import open from 'open'

/**
 * Opens a page in the system's browser: its path, its `file:` address, or another address. Every user of the machine can read
 * an address that is opened. Resolves when the program that launches the browser has succeeded; some launchers end only with
 * the browser.
 *
 * @throws {Error} if there is no browser, or if it cannot be launched
 * @throws the reason of `signal`, which does not end the launcher
 */
export async function openBrowser(page: string, signal?: AbortSignal): Promise<void> {
  // Windows and WSL know the path, not the address.
  const launcher = await open(page.startsWith('file:') ? fileURLToPath(page) : page)
  const exitCode: unknown = launcher.exitCode ?? (await once(launcher, 'exit', { signal }))[0]
  if (exitCode !== 0 && exitCode !== null)
    throw new Error(`The program that launches the browser ended with exit code ${String(exitCode)}.`)
}
