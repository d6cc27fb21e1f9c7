import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { PipedriveOAuthError, ReauthorizationRequiredError, TokenEndpointError } from '@pd/oauth-core'
import { explainFailure } from '../src/failure.ts'
import { landscape, portrait, type Drawing } from '../src/pages/machine-drawing.ts'
import { dealsCard } from '../src/pages/deals-card.ts'
import { rendered } from '../src/pages/markup.ts'
import { remaining } from '../src/pages/moments.ts'

test.each([landscape, portrait])(
  'every arrow of the $name drawing is a transition of the machine',
  async (drawing) => {
    const architecture = await readFile(new URL('../../../ARCHITECTURE.md', import.meta.url), 'utf8')
    const taken = new Map(
      [...architecture.matchAll(/^ {2}(\S+) --> (\S+) : (.+)$/gm)].map(([, from, to, events]) => [
        `${from} ${to}`,
        events!.split('<br/>').map((event) => event.split(' / ')[0]),
      ]),
    )
    for (const { from, event, to } of drawing.arrows)
      expect(taken.get(`${known(from)} ${known(to)}`), `${from} to ${to}`).toContain(event)
  },
)

test.each([landscape, portrait])('the $name drawing shows every state once', ({ nodes }: Drawing) => {
  expect(nodes.map(({ state }) => state).toSorted()).toEqual([
    'active',
    'in_doubt',
    'not_installed',
    'reauthorization_required',
    'refreshing',
  ])
})

test('markup in a deal is shown as text', async () => {
  const attack = '<script>alert(1)</script>'
  const deal = {
    id: 1,
    title: attack,
    value: 1,
    currency: attack,
    status: attack,
    expected_close_date: attack,
  }
  const card = await rendered(dealsCard('1:2', { readAt: 0, deals: [deal] }))
  expect(card.match(/&lt;script&gt;/g)).toHaveLength(3)
  expect(card).not.toContain('<script>')
})

test('remaining() returns a duration as a countdown', () => {
  expect([3_600_000, 3_599_000, 61_000, 59_001, 1, 0, -5].map(remaining)).toEqual([
    '1:00:00',
    '59:59',
    '1:01',
    '1:00',
    '0:01',
    '0:00',
    '0:00',
  ])
})

test('explainFailure() returns a sentence and a code', () => {
  expect(explainFailure(new ReauthorizationRequiredError('not_installed', '1:2'))).toEqual({
    code: 'not_installed',
    sentence: 'There is no such installation: the user has to connect Pipedrive first (1:2).',
  })
  const later = new TokenEndpointError('token_endpoint_unavailable', { retryAfterMs: 1_200 })
  expect(later).toBeInstanceOf(PipedriveOAuthError)
  expect(explainFailure(later).sentence).toMatch(/\. The library can refresh again in 2 s\.$/)
})

test('explainFailure() throws an error of the playground itself again', () => {
  const mistake = new TypeError('cannot read properties of undefined')
  expect(() => explainFailure(mistake)).toThrow(mistake)
})

/** Returns the name of a state in ARCHITECTURE.md, where `[*]` is no installation. */
function known(state: string): string {
  return state === 'not_installed' ? '[*]' : state
}
