/** Returns `length` random bytes that are fit for secrets. */
export type Random = (length: number) => Uint8Array

export const webCryptoRandom: Random = (length) => crypto.getRandomValues(new Uint8Array(length))

/** Returns `length` random bytes as text for URLs, cookies and headers: 4 characters for 3 bytes. */
export function randomText(random: Random, length: number): string {
  return base64url(random(length))
}

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
