import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A page in a file that only this user can read. It redirects to the consent page. */
export interface ConsentPage {
  /** The `file:` address of the page. */
  readonly href: string
  remove(): void
}

/**
 * Writes a page that redirects to `url`. Every user of a machine can read the arguments of a browser; `url` holds `state`, so
 * the browser gets the path of this page in its place.
 *
 * @see [RFC 8252 §8.9](https://www.rfc-editor.org/rfc/rfc8252.html#section-8.9)
 */
export function writeConsentPage(url: string, port: number): ConsentPage {
  const name = `pipedrive-login-${port}.html`
  return pageAtHome(name, url) ?? pageInTemporaryFolder(name, url)
}

/**
 * Returns a page in the home folder on Linux, if nobody else can write there. Browsers that are installed as a snap, such as
 * Ubuntu's Firefox, read neither temporary nor hidden folders. Returns undefined if the page cannot be written there.
 */
function pageAtHome(name: string, url: string): ConsentPage | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const home = homedir()
    const folder = statSync(home)
    const isOwn = folder.isDirectory() && folder.uid === process.getuid?.()
    return isOwn && (folder.mode & 0o022) === 0 ? written(join(home, name), url) : undefined
  } catch {
    return undefined
  }
}

function pageInTemporaryFolder(name: string, url: string): ConsentPage {
  const folder = mkdtempSync(join(tmpdir(), 'pipedrive-login-'))
  const remove = () => rmSync(folder, { force: true, recursive: true })
  try {
    return { ...written(join(folder, name), url), remove }
  } catch (error) {
    remove()
    throw error
  }
}

function written(path: string, url: string): ConsentPage {
  const remove = () => rmSync(path, { force: true })
  // A login that was killed leaves its page behind. The port is ours, so the page belongs to no other login.
  remove()
  try {
    writeFileSync(path, html(url), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    remove()
    throw error
  }
  return { href: pathToFileURL(path).href, remove }
}

function html(url: string): string {
  const address = url.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${address}">
<title>Connect Pipedrive</title>
<p><a href="${address}">Connect Pipedrive</a></p>
</html>
`
}
