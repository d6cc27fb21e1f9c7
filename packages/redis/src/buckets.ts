import type { InstallationId } from '@pd/oauth-core'

/**
 * The hash tags of the 64 buckets. Tag n lies in the n-th 64th of Redis Cluster's 16 384 slots, so each node gets buckets
 * in proportion to its slots. The tags must never change, because keys are built from them.
 */
const tags: readonly number[] = [
  10, 18, 113, 342, 29, 21, 3, 122, 69, 61, 72, 162, 50, 58, 153, 43, 11, 19, 112, 343, 28, 20, 2, 123, 68,
  60, 73, 163, 51, 59, 152, 42, 12, 102, 111, 119, 133, 23, 1, 9, 173, 63, 70, 78, 52, 142, 49, 41, 13, 103,
  110, 118, 132, 22, 0, 8, 172, 62, 71, 79, 53, 143, 48, 40,
]

/** The indexes and the channel of one bucket. They have the same hash tag as its records, and so lie on the same node. */
export interface Bucket {
  /** Sorted set of all ids. Every score is 0, so Redis sorts the ids as text. */
  readonly ids: string
  /** Sorted set of the ids that have a `dueAt`. It is their score. */
  readonly due: string
  /** Sorted set of the ids with `attention`, as text like `ids`. */
  readonly attention: string
  /** The channel on which every change of one of its records is published. */
  readonly changes: string
}

export interface Keys {
  readonly buckets: readonly Bucket[]
  /** The bucket of an installation. */
  bucketOf(id: InstallationId): Bucket
  /** The key of an installation's record. */
  record(id: InstallationId): string
}

/** Returns the keys of one set of installations. */
export function keysUnder(prefix: string): Keys {
  const stems = tags.map((tag) => `${prefix}:{${tag}}:`)
  const buckets = stems.map((stem) => ({
    ids: `${stem}ids`,
    due: `${stem}due`,
    attention: `${stem}attention`,
    changes: `${stem}changes`,
  }))
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
