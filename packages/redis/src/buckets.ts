import type { InstallationId } from '@pd/oauth-core'

/**
 * Hash tags, one per bucket. Tag n lies in the n-th 64th of Redis Cluster's 16 384 slots, so that any number of nodes
 * gets buckets in proportion to its slots. Never to be changed: records are found by them.
 */
const tags: readonly number[] = [
  10, 18, 113, 342, 29, 21, 3, 122, 69, 61, 72, 162, 50, 58, 153, 43, 11, 19, 112, 343, 28, 20, 2, 123, 68,
  60, 73, 163, 51, 59, 152, 42, 12, 102, 111, 119, 133, 23, 1, 9, 173, 63, 70, 78, 52, 142, 49, 41, 13, 103,
  110, 118, 132, 22, 0, 8, 172, 62, 71, 79, 53, 143, 48, 40,
]

/** The keys of one bucket's indexes. They share its hash tag, and so the slot and the node, with its records. */
export interface Bucket {
  /** Sorted set of every id, all with score 0, hence in the order of their letters. */
  readonly ids: string
  /** Sorted set of the ids that have a `dueAt`, which is the score. */
  readonly due: string
}

export interface Keys {
  readonly buckets: readonly Bucket[]
  /** The bucket of an installation. */
  bucketOf(id: InstallationId): Bucket
  /** The key of an installation's record, which is also the channel that tells of its changes. */
  record(id: InstallationId): string
}

export function keysUnder(prefix: string): Keys {
  const stems = tags.map((tag) => `${prefix}:{${tag}}:`)
  const buckets = stems.map((stem) => ({ ids: `${stem}ids`, due: `${stem}due` }))
  return {
    buckets,
    bucketOf: (id) => at(buckets, id),
    record: (id) => at(stems, id) + id,
  }
}

function at<T>(perBucket: readonly T[], id: InstallationId): T {
  return perBucket[hash(id) % perBucket.length] as T
}

/** FNV-1a, with its upper half folded in. */
function hash(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash ^ (hash >>> 16)) >>> 0
}
