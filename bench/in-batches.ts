/** Works through the items in their order, so many at once. */
export async function inBatches<T>(
  items: Iterable<T>,
  work: (item: T, index: number) => Promise<unknown>,
  atOnce = 500,
): Promise<void> {
  let index = 0
  for (const batch of batchesOf(items, atOnce)) await Promise.all(batch.map((item) => work(item, index++)))
}

export function* batchesOf<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = []
  for (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
