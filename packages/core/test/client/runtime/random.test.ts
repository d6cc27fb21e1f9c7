import { expect, test } from 'vitest'
import { base64url, randomText, webCryptoRandom } from '../../../src/client/runtime/random.ts'

test('randomText() writes every byte in letters, digits, hyphen and underscore: 4 characters for 3 bytes', () => {
  for (let length = 1; length <= 33; length++) {
    const text = randomText(webCryptoRandom, length)
    expect(text).toMatch(/^[\w-]+$/)
    expect(text).toHaveLength(Math.ceil((length * 4) / 3))
  }
})

test('randomText() uses the randomness it is given', () => {
  expect(randomText((length) => new Uint8Array(length).fill(0xff), 3)).toBe('____')
  expect(base64url(new Uint8Array([0xfb, 0xef, 0xbe, 0x00]))).toBe('----AA')
})

test('webCryptoRandom() never gives the same 32 bytes twice', () => {
  const seen = new Set(Array.from({ length: 100 }, () => randomText(webCryptoRandom, 32)))
  expect(seen.size).toBe(100)
})
