import { compactDecrypt } from 'jose/jwe/compact/decrypt'
import { CompactEncrypt } from 'jose/jwe/compact/encrypt'
import { base64url } from '../runtime/random.ts'

/** What a key is for. A value sealed for one purpose does not open for another. */
export type SealPurpose = 'records' | 'cookies'

/** Why a value does not open. */
export type SealProblem = 'unknown_key' | 'unreadable'

export type Opened =
  | { readonly ok: true; readonly payload: unknown; readonly isCurrentKey: boolean }
  | { readonly ok: false; readonly problem: SealProblem }

interface SealingKey {
  readonly kid: string
  readonly key: CryptoKey
}

/**
 * Encrypts and authenticates JSON under a name: JWE compact, `dir`, A256GCM. The name is in the protected
 * header, so a sealed value moved to another name does not open. Keys are derived from the secrets by
 * HKDF-SHA-256, once; the first secret seals, all of them open.
 * @see [RFC 7516 §7.1](https://www.rfc-editor.org/rfc/rfc7516.html#section-7.1) and [RFC 5869](https://www.rfc-editor.org/rfc/rfc5869.html)
 */
export class Sealer {
  readonly #secrets: readonly string[]
  readonly #purpose: SealPurpose
  #keys: Promise<readonly SealingKey[]> | undefined

  constructor(secrets: readonly string[], purpose: SealPurpose) {
    this.#secrets = secrets
    this.#purpose = purpose
  }

  async seal(name: string, payload: unknown): Promise<string> {
    const [current] = await this.#derived()
    if (current === undefined) throw new TypeError('A sealer needs a secret')
    return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(payload)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: current.kid, sub: name })
      .encrypt(current.key)
  }

  /** Opens what was sealed under this name. Never throws for what it is given. */
  async open(name: string, sealed: string): Promise<Opened> {
    const keys = await this.#derived()
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

  #derived(): Promise<readonly SealingKey[]> {
    this.#keys ??= Promise.all(this.#secrets.map((secret) => deriveKey(secret, this.#purpose)))
    return this.#keys
  }
}

class UnknownKey extends Error {}

async function deriveKey(secret: string, purpose: SealPurpose): Promise<SealingKey> {
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
