/** Creates the strings that the server issues, in the form of the real ones. */
export interface Mint {
  /** Returns about 500 characters with `:`, `+`, `/` and `=` among them. */
  accessToken(): string
  /** Returns `1:1:` and 40 hexadecimal digits. */
  refreshToken(): string
  /** Returns 40 hexadecimal digits. */
  code(): string
  /** Returns 40 hexadecimal digits: a legacy API token. */
  apiToken(): string
}

/**
 * Creates a mint.
 * @param seed makes every string reproducible. Default: the platform's random numbers.
 */
export function createMint(seed?: number): Mint {
  const random = seed === undefined ? platformRandom : seededRandom(seed)
  return {
    accessToken: () => `v1u:AQIBAHj+/${base64(random(370))}`,
    refreshToken: () => `1:1:${hex(random(20))}`,
    code: () => hex(random(20)),
    apiToken: () => hex(random(20)),
  }
}

type RandomBytes = (length: number) => Uint8Array

const platformRandom: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length))

/** Mulberry32, which is small, fast and good enough for strings that only have to differ. */
function seededRandom(seed: number): RandomBytes {
  let state = seed >>> 0
  const nextByte = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) & 0xff
  }
  return (length) => Uint8Array.from({ length }, nextByte)
}

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes))
