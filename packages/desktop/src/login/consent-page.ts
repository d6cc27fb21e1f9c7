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
  const home = ownHome()
  const folder = home ?? mkdtempSync(join(tmpdir(), 'pipedrive-login-'))
  const path = join(folder, `pipedrive-login-${port}.html`)
  // A login that was killed leaves its page behind. The port is ours, so the page belongs to no other login.
  rmSync(path, { force: true })
  writeFileSync(path, html(url), { flag: 'wx', mode: 0o600 })
  return {
    href: pathToFileURL(path).href,
    remove: () => rmSync(home === undefined ? folder : path, { force: true, recursive: true }),
  }
}

/**
 * Returns the home folder on Linux, if nobody else can write there. Browsers that are installed as a snap, such as Ubuntu's
 * Firefox, read neither temporary nor hidden folders.
 */
function ownHome(): string | undefined {
  if (process.platform !== 'linux') return undefined
  const home = homedir()
  const folder = statSync(home, { throwIfNoEntry: false })
  const isOwn = folder?.isDirectory() === true && folder.uid === process.getuid?.()
  return isOwn && (folder.mode & 0o022) === 0 ? home : undefined
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
