import { describe, expect, test } from 'vitest'

describe('a sample', () => {
  test('passes', () => expect(1).toBe(1))
  test('passes as well', () => expect(1).toBe(1))
  test('fails', () => expect(1).toBe(2))
  test.skip('is skipped', () => {})
})
