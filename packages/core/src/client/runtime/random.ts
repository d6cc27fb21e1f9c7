/** Gives `length` random bytes, fit for secrets. */
export type Random = (length: number) => Uint8Array

export const webCryptoRandom: Random = (length) => crypto.getRandomValues(new Uint8Array(length))

/** Random bytes as text that fits into a URL, a cookie and a header: 4 characters for 3 bytes. */
export function randomText(random: Random, length: number): string {
  return base64url(random(length))
}

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
