import { expect, test } from 'vitest'
import { keysUnder } from '../src/buckets.ts'
import { handOverChannel } from '../src/change-message.ts'
import { clusterSlot } from '../src/cluster-slot.ts'

test('installations are spread evenly, whether of one company or of many', () => {
  const keys = keysUnder('any')
  const share = 1_000
  for (const idOf of [(n: number) => `1:${n}` as const, (n: number) => `${n}:1` as const]) {
    const counts = new Map(keys.buckets.map((bucket) => [bucket, 0]))
    for (let n = 1; n <= share * keys.buckets.length; n++)
      counts.set(keys.bucketOf(idOf(n)), counts.get(keys.bucketOf(idOf(n)))! + 1)
    for (const count of counts.values()) expect(Math.abs(count - share)).toBeLessThan(share / 5)
  }
})

test('every bucket has keys and a channel of its own, under one hash tag', () => {
  const { buckets } = keysUnder('my-app')
  expect(buckets).toHaveLength(64)
  expect(buckets[0]).toEqual({
    ids: 'my-app:{10}:ids',
    due: 'my-app:{10}:due',
    attention: 'my-app:{10}:attention',
    changes: 'my-app:{10}:changes',
  })
  const slots = buckets.map(({ ids }) => clusterSlot(/\{(\d+)\}/.exec(ids)![1]!))
  expect(slots.map((slot) => Math.floor(slot / 256))).toEqual(buckets.map((_, index) => index))
})

// A record that is looked for in another bucket than before is lost.
test.each([
  ['1:1', 'pd:{143}:1:1'],
  ['1001:11', 'pd:{23}:1001:11'],
  ['12345678:23456789', 'pd:{0}:12345678:23456789'],
] as const)('the record of %s stays where it was stored', (id, key) => {
  const keys = keysUnder('pd')
  expect(keys.record(id)).toBe(key)
  expect(keys.bucketOf(id).ids).toBe(key.replace(id, 'ids'))
  expect(handOverChannel(keys.bucketOf(id), id)).toBe(`${key.replace(id, 'changes')}:${id}`)
})

test.each([
  ['', 0],
  ['123456789', 0x31c3],
  ['foo', 12_182],
])('the slot of "%s" is that of Redis Cluster', (tag, slot) => expect(clusterSlot(tag)).toBe(slot))
