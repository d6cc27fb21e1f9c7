import { createDecipheriv } from 'node:crypto'

/** AES-256-GCM as the app scaffold writes it: a nonce of 12 bytes, a tag of 16 and the text, in base64url with dots between. */
const sealed = /^[\w-]{16}\.[\w-]{22}\.[\w-]+$/

export function looksEncrypted(value: string): boolean {
  return sealed.test(value)
}

/** Returns the decrypted text, or undefined if the key does not open it. */
export function decryptScaffold(value: string, key: Buffer): string | undefined {
  const [nonce, tag, text] = value.split('.').map((part) => Buffer.from(part, 'base64url'))
  if (nonce === undefined || tag === undefined || text === undefined) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAuthTag(tag)
    return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
