import type { Scene } from '@pd/test-support/scene'
import { keysUnder, type Bucket } from '../../src/buckets.ts'
import { connect } from '../servers/connect.ts'
import type { PrefixAddress } from './opener.ts'

/** Looks at one bucket in one step: each id that is stored or listed but not both, due at another time, or marked otherwise. */
const lookScript = `
local found = {}
for index = 4, #KEYS do
  local id, text = ARGV[index - 3], redis.call('GET', KEYS[index])
  local isListed = redis.call('ZSCORE', KEYS[1], id)
  local score = redis.call('ZSCORE', KEYS[2], id)
  local isMarked = redis.call('ZSCORE', KEYS[3], id)
  local dueAt, mark = '', ''
  if text then dueAt, mark = string.match(text, '^%S* ([^ !]*)(!?) ') end
  if (not text) ~= (not isListed) then found[#found + 1] = id .. ' is stored or listed, not both' end
  if dueAt ~= (score or '') then found[#found + 1] = id .. ' is due at another time than stored' end
  if (mark == '!') ~= (isMarked ~= false) then found[#found + 1] = id .. ' needs attention in one place only' end
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
      client.eval(
        lookScript,
        ids.length + 3,
        bucket.ids,
        bucket.due,
        bucket.attention,
        ...ids.map(keys.record),
        ...ids,
      ),
    )
    return (await Promise.all(looks)).flat()
  } finally {
    client.disconnect()
  }
}
