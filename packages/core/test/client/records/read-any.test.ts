import { expect, test, vi } from 'vitest'
import { readAny } from '../../../src/client/records/store-check.ts'
import { memoryStore, type InstallationId, type OAuthEvent } from '../../../src/index.ts'
import { settingsOf } from '../settings.ts'

/** A store whose answers the test decides. */
function createScene(get: () => Promise<undefined>) {
  const events: OAuthEvent[] = []
  const read = vi.fn((_id: InstallationId) => get())
  const settings = settingsOf({
    store: { ...memoryStore(), get: read },
    logger: false,
    onEvent: (event) => void events.push(event),
  })
  return { events, read, settings }
}

test('three records that cannot exist are read at once, each another one', async () => {
  const { read, settings } = createScene(async () => undefined)
  await expect(readAny(settings)).resolves.toBeUndefined()
  const ids = read.mock.calls.map(([id]) => id)
  expect(ids).toHaveLength(3)
  expect(new Set(ids).size).toBe(3)
  for (const id of ids) {
    expect(id).toMatch(/^0:\d{1,10}$/)
    expect(Number(id.slice(2))).toBeLessThan(2 ** 32)
  }
})

test('one answer is enough, and others that never come are not waited for', async () => {
  let count = 0
  const { settings } = createScene(async () => {
    count++
    if (count === 1) throw new Error('ECONNREFUSED')
    if (count === 2) return new Promise(() => {})
    return undefined
  })
  await expect(readAny(settings)).resolves.toBeUndefined()
})

test('without any answer, it is the error of the first', async () => {
  const { settings } = createScene(() => Promise.reject(new Error('ECONNREFUSED')))
  await expect(readAny(settings)).rejects.toMatchObject({
    code: 'store_unavailable',
    cause: expect.objectContaining({ message: expect.stringContaining('ECONNREFUSED') }),
  })
})
