import { redisStore, type RedisClient } from '@pd/oauth-redis'
import * as fc from 'fast-check'
import { anyText } from '../any-input.ts'
import { fuzzTarget, type FuzzTarget } from '../fuzz-target.ts'
import { fuzzedClient, quickClock } from '../fuzzed-client.ts'

const scalar = fc.oneof(
  anyText,
  fc.constant(null),
  fc.integer(),
  fc.double(),
  fc.constantFrom('1001:11', '1001:11 ', '1', '0', '1e999', 'v 1 x', 'v 1! pd1.x', '%zz 1 x'),
)
const reply: fc.Arbitrary<unknown> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 4 }),
  fc.array(fc.array(scalar, { maxLength: 3 }), { maxLength: 3 }),
  anyText.map((message) => new Error(message)),
)

/** What Redis answers, or whatever stands in its place. */
export function redisTargets(): readonly FuzzTarget[] {
  let replies: unknown[] = []
  const respond = async (): Promise<never> => {
    const next = replies.length > 1 ? replies.shift() : replies[0]
    if (next instanceof Error) throw next
    return next as never
  }
  const client: RedisClient = {
    status: 'ready',
    get: respond,
    publish: respond,
    eval: respond,
    evalsha: respond,
    zrangebyscore: respond,
    mget: respond,
    zrangebylex: respond,
    zcount: respond,
    duplicate: () => {
      throw new Error('No further connection')
    },
    once: () => {},
    off: () => {},
  }
  const { oauth, showTo } = fuzzedClient({
    store: redisStore(client),
    policy: { cacheMs: 0 },
    clock: quickClock(),
  })
  const calls = [
    () => oauth.installation('1001:11').describe(),
    () => oauth.installation('1001:11').accessToken(),
    () => oauth.installation('1001:11').forget(),
    () => all(oauth.installations()),
    () => all(oauth.installations({ needsAttention: true })),
    () => oauth.keepAlive({ concurrency: 2 }),
    () => oauth.health(),
    () => oauth.checkStore(),
  ]
  return [
    fuzzTarget(
      'replies of Redis',
      6,
      fc.record({ replies: fc.array(reply, { minLength: 1, maxLength: 5 }), call: fc.nat(calls.length - 1) }),
      async (input, show) => {
        showTo(show)
        replies = [...input.replies]
        await calls[input.call]?.()
      },
    ),
  ]
}

async function all(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) void item
}
