import { expect, test } from 'vitest'
import { lazyPart, loadAllParts } from '../../../src/client/runtime/lazy-part.ts'

test('a part that cannot be loaded is named with its cause, and tried again at the next call', async () => {
  const cause = new Error('Cannot find module')
  let isThere = false
  let loads = 0
  const part = lazyPart('a test', async () => {
    loads++
    if (!isThere) throw cause
    return 'loaded'
  })
  await expect(part()).rejects.toMatchObject({
    code: 'code_missing',
    problems: [expect.stringMatching(/^The code for a test cannot be loaded\./)],
    cause,
  })
  await loadAllParts()
  isThere = true
  expect(await part()).toBe('loaded')
  expect(await part()).toBe('loaded')
  await loadAllParts()
  expect(loads).toBe(3)
})
