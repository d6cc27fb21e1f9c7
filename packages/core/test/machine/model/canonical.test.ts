import { expect, test } from 'vitest'
import { modelOf } from './model-check.ts'
import { titleOf } from './report.ts'
import { scenario, tickPolicy } from './scenario.ts'
import type { Model } from './search.ts'

const skewed = { ...tickPolicy, leaseMs: 3, clockSkewMs: 1, minimumValidityMs: 1 }

/** The search is complete only if this is so: whatever the key leaves out must make no difference. */
test.each(
  [
    scenario('constant', 2, { crashes: 1, lostAnswers: 1 }),
    scenario(
      'rotating',
      2,
      { lostWrites: 1 },
      { token: 'ahead', policy: { ...tickPolicy, refreshAheadMs: 5 } },
    ),
    scenario('rotating', 2, { crashes: 1 }, { clocks: [0, 1], policy: skewed, title: 'clocks that differ' }),
    scenario('rotating', 2, { crashes: 1 }, { stall: Infinity, exempt: [], title: 'stalls without end' }),
    scenario('constant', 1, { crashes: 1, uninstalls: 1, reinstalls: 1 }, { lifetime: 1 }),
    scenario('rotating, reuse ends the grant', 2, { crashes: 2 }),
  ].map((setup) => [titleOf(setup), setup] as const),
)('two worlds with one key have one future: %s', (_, setup) => {
  expect(worldsThatDiffer(modelOf(setup))).toBe(0)
})

/** How many worlds go on otherwise than the first one that was seen with their key. */
function worldsThatDiffer<World>({ start, moves, key }: Model<World>): number {
  const futures = new Map<string, string>()
  const futureOf = (world: World) =>
    [...new Set(moves(world).map((move) => key(move.world)))].sort().join('\n')
  const open = [start]
  futures.set(key(start), futureOf(start))
  let differing = 0
  for (let world = open.pop(); world !== undefined; world = open.pop())
    for (const { world: next } of moves(world)) {
      const known = futures.get(key(next))
      if (known === undefined) {
        futures.set(key(next), futureOf(next))
        open.push(next)
      } else if (known !== futureOf(next)) differing++
    }
  return differing
}
