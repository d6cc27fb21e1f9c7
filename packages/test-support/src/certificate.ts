import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aptInstall } from './apt-install.ts'
import { unprivilegedUser } from './unprivileged-user.ts'

/** A self-signed certificate for the name `localhost`, which everybody may read, and its key. */
export interface Certificate extends Disposable {
  readonly certificateFile: string
  readonly keyFile: string
  readonly text: string
}

const missing =
  'The test needs openssl. It is not installed, and apt-get could not install it (as root, or through sudo without a ' +
  'password). Install openssl and run again.'

/**
 * Creates a certificate in a new folder. If this process is root, the key is that of the user with this name. Default: the user of
 * this process.
 */
export function createCertificate(user?: string): Certificate {
  if (spawnSync('openssl', ['version']).status !== 0) aptInstall('openssl', missing)
  const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-certificate-'))
  chmodSync(folder, 0o755)
  const [certificateFile, keyFile] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile]
  const subject = ['-days', '1', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, '-out', certificateFile], { stdio: 'ignore' })
  chmodSync(keyFile, 0o600)
  const owner = user === undefined ? undefined : unprivilegedUser(user)
  if (owner !== undefined) chownSync(keyFile, owner.uid, owner.gid)
  return {
    certificateFile,
    keyFile,
    text: readFileSync(certificateFile, 'utf8'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
