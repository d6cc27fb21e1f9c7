import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { transition } from '../../src/machine/installation/transition.ts'
import { architecturePath, diagram, edges, statusOf, withDiagram } from '../../tools/state-diagram.ts'
import { events, policies, states } from './arbitraries.ts'

test('ARCHITECTURE.md shows the diagram of the machine as it is', () => {
  const document = readFileSync(architecturePath, 'utf8')
  expect(document, 'run `node packages/core/tools/state-diagram.ts --write`').toBe(withDiagram(document))
})

test('the diagram has an edge for every change, whatever the state and the event', () => {
  const drawn = new Set(edges().map(({ from, to, event }) => [from, to, event].join()))
  fc.assert(
    fc.property(states, events, policies, (state, event, policy) => {
      const [next] = transition(state, event, policy)
      expect(next === state || drawn.has([statusOf(state), statusOf(next), event.type].join())).toBe(true)
    }),
    { numRuns: 4_000 },
  )
})

test('the edges carry the effects', () => {
  expect(edges()).toContainEqual({
    from: 'active',
    to: 'refreshing',
    event: 'token_requested',
    effects: ['deliver', 'refresh'],
  })
  expect(edges()).toContainEqual({ from: 'refreshing', to: '[*]', event: 'uninstalled', effects: [] })
})

test('a document without the markers is refused', () => {
  expect(() => withDiagram('# Architecture')).toThrow('state-diagram:start')
  expect(diagram()).toContain('stateDiagram-v2')
})
