import { createDecipheriv, createHash } from 'node:crypto'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { hexToBytes, managedNonce } from '@noble/ciphers/utils.js'
import type { ImportKeys } from './import-keys.ts'

/** AES-256-GCM as the app scaffold writes it: a nonce of 12 bytes, a tag of 16 and the text, in base64url with dots between. */
const scaffold = /^[\w-]{16}\.[\w-]{22}\.[\w-]+$/

/** XChaCha20-Poly1305 as better-auth writes it: nonce of 24 bytes, text and tag of 16 in hexadecimal, maybe behind a version. */
const betterAuth = /^(?:\$ba\$\d+\$)?((?:[\da-f]{2}){41,})$/

/** The text of an encrypted token, or why it cannot be opened, as the rest of a sentence. */
export type OpenedToken = { readonly token: string } | { readonly problem: string }

/** Decrypts a token. Undefined: it is not encrypted. `mayBeHex`: tokens of better-auth look like any hexadecimal text. */
export function openToken(value: string, keys: ImportKeys, mayBeHex: boolean): OpenedToken | undefined {
  if (scaffold.test(value))
    return opened('ENCRYPTION_KEY', keys.scaffold && [keys.scaffold], (key) => openScaffold(value, key))
  const hex = mayBeHex ? betterAuth.exec(value)?.[1] : undefined
  if (hex === undefined) return undefined
  return opened('BETTER_AUTH_SECRET', keys.betterAuth, (secret) => openBetterAuth(hex, secret))
}

/** Decrypts AES-256-GCM, or throws. */
export function openAesGcm(key: Buffer, nonce: Buffer, tag: Buffer, text: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAuthTag(tag)
  return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8')
}

function opened<Key>(
  variable: string,
  keys: readonly Key[] | undefined,
  open: (key: Key) => string,
): OpenedToken {
  if (keys === undefined)
    return { problem: `is encrypted: set ${variable} to the value that the application uses` }
  for (const key of keys)
    try {
      return { token: open(key) }
    } catch {}
  return { problem: `does not open with this ${variable}` }
}

function openScaffold(value: string, key: Buffer): string {
  const [nonce = '', tag = '', text = ''] = value.split('.')
  return openAesGcm(key, bytes(nonce), bytes(tag), bytes(text))
}

function bytes(base64: string): Buffer {
  return Buffer.from(base64, 'base64url')
}

function openBetterAuth(hex: string, secret: string): string {
  const key = createHash('sha256').update(secret).digest()
  return new TextDecoder().decode(managedNonce(xchacha20poly1305)(key).decrypt(hexToBytes(hex)))
}
