import { afterEach, expect, test, vi } from 'vitest'
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

/** Loads the module anew: what is planned is planned once for each process. */
async function newParts() {
  vi.resetModules()
  return import('../../../src/client/runtime/lazy-part.ts')
}

afterEach(() => vi.restoreAllMocks())

test('parts that nobody needs are loaded after ten seconds, by one plan for all clients', async () => {
  const { lazyPart: part, planLoadingAllParts } = await newParts()
  const load = vi.fn(async () => 'loaded')
  part('a test', load)
  const end = new AbortController()
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(end.signal)
  planLoadingAllParts()
  planLoadingAllParts()
  expect(timeout.mock.calls).toEqual([[10_000]])
  expect(load).not.toHaveBeenCalled()
  end.abort()
  await vi.waitFor(() => expect(load).toHaveBeenCalledOnce())
})

test('a runtime that refuses timers loads them when they are needed', async () => {
  const { planLoadingAllParts } = await newParts()
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
    throw new Error('Disallowed operation called within global scope.')
  })
  expect(() => planLoadingAllParts()).not.toThrow()
})
