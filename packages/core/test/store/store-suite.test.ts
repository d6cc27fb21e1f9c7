import { describe, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { interleaved, storeSuite } from '../../src/store/store-suite.ts'

describe('memoryStore()', () => {
  storeSuite({ test, createStore: () => memoryStore() })
})

describe.each([1, 2, 3])('memoryStore(), interleaved by seed %i', (seed) => {
  storeSuite({ test, createStore: () => interleaved(memoryStore(), { seed }) })
})
