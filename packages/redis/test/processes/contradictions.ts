import type { Scene } from '@pd/test-support/scene'
import { keysUnder, type Bucket } from '../../src/buckets.ts'
import { connect } from '../servers/connect.ts'
import type { PrefixAddress } from './opener.ts'

/** Looks at one bucket in one step: each id that is stored or listed but not both, or due at another time than stored. */
const lookScript = `
local found = {}
for index = 3, #KEYS do
  local id, text = ARGV[index - 2], redis.call('GET', KEYS[index])
  local isListed = redis.call('ZSCORE', KEYS[1], id)
  local score = redis.call('ZSCORE', KEYS[2], id)
  local dueAt = text and string.match(text, '^%S* (%S*) ')
  if (not text) ~= (not isListed) then found[#found + 1] = id .. ' is stored or listed, not both' end
  if (dueAt or '') ~= (score or '') then found[#found + 1] = id .. ' is due at another time than stored' end
end
return found
`

/** The contradictions between the records and the indexes of a scene, a sentence each. */
export async function contradictions({ ids, address }: Scene<PrefixAddress>): Promise<readonly unknown[]> {
  const client = connect(address.redis)
  const keys = keysUnder(address.prefix)
  const byBucket = Map.groupBy(ids, (id) => keys.bucketOf(id))
  try {
    const looks = [...byBucket].map(([bucket, ids]: [Bucket, Scene['ids'][number][]]) =>
      client.eval(lookScript, ids.length + 2, bucket.ids, bucket.due, ...ids.map(keys.record), ...ids),
    )
    return (await Promise.all(looks)).flat()
  } finally {
    client.disconnect()
  }
}
