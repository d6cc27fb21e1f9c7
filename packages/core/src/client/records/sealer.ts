import { compactDecrypt } from 'jose/jwe/compact/decrypt'
import { CompactEncrypt } from 'jose/jwe/compact/encrypt'
import { base64url } from '../runtime/random.ts'
import type { SecretSource } from '../runtime/secret-source.ts'

/** Why a value cannot be opened. */
export type SealProblem = 'unknown_key' | 'unreadable'

export type Opened =
  | { readonly ok: true; readonly payload: unknown; readonly isCurrentKey: boolean }
  | { readonly ok: false; readonly problem: SealProblem }

interface SealingKey {
  readonly kid: string
  readonly key: CryptoKey
}

/**
 * Encrypts and authenticates JSON under a name: JWE compact, `dir`, A256GCM. The name is in the protected header, so a
 * sealed value does not open under another name. HKDF-SHA-256 derives one key from each secret, once. The first secret
 * seals; each of them opens.
 * @see [RFC 7516 §7.1](https://www.rfc-editor.org/rfc/rfc7516.html#section-7.1) and [RFC 5869](https://www.rfc-editor.org/rfc/rfc5869.html)
 */
export class Sealer {
  readonly #source: SecretSource
  readonly #purpose: string
  readonly #asksAgain: boolean
  #derived: { readonly secrets: readonly string[]; readonly keys: Promise<readonly SealingKey[]> } | undefined

  /**
   * `purpose`: a value that was sealed for one purpose does not open for another. `asksAgain`: whether an unknown key is
   * worth asking the key service again.
   */
  constructor(source: SecretSource, purpose: string, asksAgain = false) {
    this.#source = source
    this.#purpose = purpose
    this.#asksAgain = asksAgain
  }

  /** Begins to derive the keys, so that the first use need not wait for them. Does nothing if a key service has the secrets. */
  prepare(): void {
    if (this.#source.isService) return
    // The first use tries again.
    this.#keys().catch(() => (this.#derived = undefined))
  }

  /**
   * Returns the sealed JSON of `payload`.
   * @throws as `SecretSource.current()`
   */
  async seal(name: string, payload: unknown): Promise<string> {
    const [current] = await this.#keys()
    if (current === undefined) throw new TypeError('A sealer needs a secret')
    return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(payload)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: current.kid, sub: name })
      .encrypt(current.key)
  }

  /**
   * Opens a value that was sealed under this name. Returns the problem if it cannot; does not throw for any input.
   * @throws as `SecretSource.current()`
   */
  async open(name: string, sealed: string): Promise<Opened> {
    const opened = await this.#tryToOpen(name, sealed)
    const isUnknown = !opened.ok && opened.problem === 'unknown_key'
    if (!isUnknown || !this.#asksAgain || !(await this.#source.refresh())) return opened
    return this.#tryToOpen(name, sealed)
  }

  async #tryToOpen(name: string, sealed: string): Promise<Opened> {
    const keys = await this.#keys()
    let kid: unknown
    try {
      const { plaintext, protectedHeader } = await compactDecrypt(
        sealed,
        (header) => {
          kid = header.kid
          const found = keys.find((key) => key.kid === kid)
          if (found === undefined) throw new UnknownKey()
          return found.key
        },
        { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] },
      )
      if (protectedHeader['sub'] !== name) return { ok: false, problem: 'unreadable' }
      const payload: unknown = JSON.parse(new TextDecoder().decode(plaintext))
      return { ok: true, payload, isCurrentKey: kid === keys[0]?.kid }
    } catch (error) {
      return { ok: false, problem: error instanceof UnknownKey ? 'unknown_key' : 'unreadable' }
    }
  }

  async #keys(): Promise<readonly SealingKey[]> {
    const secrets = await this.#source.current()
    if (this.#derived?.secrets !== secrets)
      this.#derived = {
        secrets,
        keys: Promise.all(secrets.map((secret) => deriveKey(secret, this.#purpose))),
      }
    return this.#derived.keys
  }
}

class UnknownKey extends Error {}

async function deriveKey(secret: string, purpose: string): Promise<SealingKey> {
  const encoder = new TextEncoder()
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, [
    'deriveBits',
    'deriveKey',
  ])
  const hkdf = (info: string) => ({
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: encoder.encode(`pd-oauth/v1/${purpose}/${info}`),
  })
  const [key, kid] = await Promise.all([
    crypto.subtle.deriveKey(hkdf('key'), material, { name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]),
    crypto.subtle.deriveBits(hkdf('kid'), material, 72),
  ])
  return { kid: base64url(new Uint8Array(kid)), key }
}
